import TestSupport
import Testing
import Transport

@testable import SSH

extension RealServerTests {
    @Suite("wake-ups")
    struct WakeUps {
        @Test(
            "what the read of one stream takes of the other is not lost where no news tells of it (fact 4)",
            arguments: [0, 1], ["05", "15", "25", "35", "45"])
        func betweenReads(first: Int, delay: String) async throws {
            let server = try OpenSSHServer()
            let endpoint = server.endpoint()
            let loop = EventLoop()
            // It ends only once its words were handed on; among these moments is one at which they come between two
            // reads of a pass that had nothing of its own.
            let go = server.directory.file("go")
            let script = "sleep 0.\(delay); echo ready; until [ -e \(go) ]; do sleep 0.02; done; exit 5"
            let result = try await loop.host { () async throws(TransportError) in
                let socket = try await Dialer(loop: loop, host: endpoint.address, port: endpoint.port)
                    .connect(within: Deadlines())
                let carrier = LateCarrier(SocketCarrier(socket, on: loop))
                let session = SSHSession(
                    loop: loop, carrier: carrier, address: endpoint.address, deadlines: Deadlines(),
                    faults: WireFaults())
                await session.start()
                _ = try await session.handshake(preferring: [])
                _ = try await session.login(await Keyring().request(for: endpoint, prompt: .nobody))
                await session.begin(carrier, first)
                let result = try await session.run(Command(script, timeout: .seconds(60)), elevation: nil) { _ in
                    _ = try? server.directory.write("go", "")
                }
                await session.close()
                return result
            }
            #expect(result.outcome == .exited(5))
        }
    }
}

extension SSHSession {
    fileprivate func begin(_ carrier: LateCarrier, _ first: Int) { carrier.begin(first) }
}
