import TestSupport
import Testing
import Transport

@testable import SSH

extension RealServerTests {
    @Suite("wake-ups")
    struct WakeUps {
        @Test(
            "what the read of one stream takes of the other is not lost where no news tells of it (fact 4)",
            arguments: [0, 1])
        func betweenReads(first: Int) async throws {
            let server = try OpenSSHServer()
            let endpoint = server.endpoint()
            let loop = EventLoop()
            let socket = try await Dialer(loop: loop, host: endpoint.address, port: endpoint.port)
                .connect(within: Deadlines())
            let carrier = LateCarrier(SocketCarrier(socket, on: loop))
            let session = SSHSession(
                loop: loop, carrier: carrier, address: endpoint.address, deadlines: Deadlines(), faults: WireFaults())
            await session.start()
            _ = try await session.handshake(preferring: [])
            _ = try await session.login(await Keyring().request(for: endpoint, prompt: .nobody))
            await session.begin(carrier, first)
            // It ends only once its first words were handed on.
            let go = server.directory.file("go")
            let script = "sleep 0.05; echo ready; until [ -e \(go) ]; do sleep 0.02; done; exit 5"
            let result = try await session.run(Command(script, timeout: .seconds(10)), sudoUser: nil) { _ in
                _ = try? server.directory.write("go", "")
            }
            #expect(result.outcome == .exited(5))
            await session.close()
        }
    }
}

extension SSHSession {
    fileprivate func begin(_ carrier: LateCarrier, _ first: Int) { carrier.begin(first) }
}
