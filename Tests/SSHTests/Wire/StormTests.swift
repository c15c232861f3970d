import Glibc
import SSH
import TestSupport
import Testing
import Transport

extension RealServerTests {
    @Suite("connect storms")
    struct Storms {
        @Test("a server that is full of others' logins is tried again until it has a place")
        func maxStartups() async throws {
            let server = try OpenSSHServer(extraConfig: ["MaxStartups 1:100:1"])
            let holder = try Caller(port: server.port)
            async let error = connectError(server.endpoint())
            let deadline = ContinuousClock.now + .seconds(20)
            while !server.log.contains("drop connection"), ContinuousClock.now < deadline { await Task.yield() }
            holder.hangUp()
            #expect(await error == nil)
        }

        @Test("of those who wait for their turn to log in each holds a socket and no session")
        func behindTheGate() async throws {
            let server = try OpenSSHServer(address: "0.0.0.0", extraConfig: ["MaxStartups 5000"])
            server.freeze()
            defer { server.thaw() }
            let before = await SSHCensus.take().sessions
            let count = 60
            let tasks = (0..<count).map { number in
                var endpoint = server.endpoint(node: NodeName("n\(number)"))
                endpoint.address = "127.0.\(number).2"
                let target = endpoint
                return Task { await connectError(target) }
            }
            let port = ":" + String(server.port, radix: 16, uppercase: true)
            let deadline = ContinuousClock.now + .seconds(20)
            var connected = 0
            while connected < count, ContinuousClock.now < deadline {
                // REMOTE has the server's port, 01 is ESTABLISHED.
                let lines = String(decoding: TemporaryDirectory.content(of: "/proc/net/tcp"), as: UTF8.self)
                    .split(separator: "\n").map { $0.split(separator: " ") }
                connected = lines.count { $0.count > 3 && $0[2].hasSuffix(port) && $0[3] == "01" }
                await Task.yield()
            }
            #expect(connected == count)
            // The gate lets 32 in; other suites may have a few of their own.
            #expect(await SSHCensus.take().sessions - before < 50)
            for task in tasks { task.cancel() }
            for task in tasks { #expect(await task.value == .cancelled) }
        }

        @Test("a server that penalises this machine is not pressed further, and the error says what to do")
        func penalty() async throws {
            let server = try OpenSSHServer()
            let angry = try SayingServer("Not allowed at this time\r\n")
            defer { angry.stop() }
            var endpoint = server.endpoint()
            endpoint.port = angry.port
            guard case .unreachable(_, let reason)? = await connectError(endpoint) else {
                Issue.record("another error")
                return
            }
            #expect(reason.contains("PerSourcePenaltyExemptList"))
            #expect(angry.count == 1)
        }

        @Test("something else than an SSH server is quoted, without what could harm a terminal")
        func otherServer() async throws {
            let server = try OpenSSHServer()
            let other = try SayingServer("220 mail\u{1B}[31m.example.com ESMTP\r\n")
            defer { other.stop() }
            var endpoint = server.endpoint()
            endpoint.port = other.port
            guard case .unreachable(_, let reason)? = await connectError(endpoint) else {
                Issue.record("another error")
                return
            }
            #expect(reason.contains("instead of a banner it said: 220 mail [31m.example.com ESMTP"))
        }
    }
}

/// A TCP connection that never logs in.
private final class Caller: Sendable {
    private let descriptor: CInt

    /// Connects and waits for the banner, so that the server counts it.
    init(port: UInt16) throws {
        descriptor = socket(AF_INET, CInt(SOCK_STREAM.rawValue) | CInt(SOCK_CLOEXEC.rawValue), 0)
        var place = sockaddr_in()
        place.sin_family = sa_family_t(AF_INET)
        place.sin_port = port.bigEndian
        inet_pton(AF_INET, "127.0.0.1", &place.sin_addr)
        let descriptor = descriptor
        let code = withUnsafePointer(to: &place) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        var byte: UInt8 = 0
        guard code == 0, recv(descriptor, &byte, 1, 0) == 1 else {
            throw ChildProcess.Failure(description: "no banner")
        }
    }

    func hangUp() { close(descriptor) }
}
