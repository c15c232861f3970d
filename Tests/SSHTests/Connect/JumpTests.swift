import Glibc
import SSH
import TestSupport
import Testing
import Transport

extension OpenSSHServer {
    /// How to log into this server through others, first one first.
    func endpoint(through hops: [OpenSSHServer]) -> Endpoint {
        var way: [Endpoint] = []
        for (number, hop) in hops.enumerated() {
            var endpoint = hop.endpoint(node: NodeName("hop\(number + 1)"))
            endpoint.jumps = way
            way.append(endpoint)
        }
        var endpoint = endpoint()
        endpoint.jumps = way
        return endpoint
    }

    /// How often this server was logged into.
    var logins: Int { log.split(whereSeparator: \.isNewline).count { $0.contains("Accepted publickey") } }
}

extension RealServerTests {
    @Suite("jump hosts")
    struct Jumping {
        /// How connecting to another port ends, with three seconds to connect in.
        private static func connectError(_ endpoint: Endpoint, port: UInt16) async -> TransportError? {
            var endpoint = endpoint
            endpoint.port = port
            var deadlines = Deadlines()
            deadlines.connect = .seconds(3)
            return await SSHTests.connectError(endpoint, deadlines: deadlines)
        }

        private static func run(
            _ script: String, on endpoint: Endpoint, input: [UInt8] = [], deadlines: Deadlines = Deadlines()
        ) async throws -> CommandResult {
            let node = try await SSHConnector(deadlines: deadlines).connect(to: endpoint)
            let result: Result<CommandResult, any Error>
            do {
                result = .success(try await node.run(Command(script, input: input, timeout: .seconds(60))))
            } catch {
                result = .failure(error)
            }
            await node.close()
            return try result.get()
        }

        @Test("a command runs behind one jump host and behind two, and every byte of it arrives", arguments: [1, 2])
        func bytes(count: Int) async throws {
            let node = try OpenSSHServer()
            let hops = try (0..<count).map { _ in try OpenSSHServer() }
            let input = (0..<3_000_000).map { UInt8(truncatingIfNeeded: $0 &* 2_654_435_761 >> 13) }
            let result = try await Self.run("cat; exit 7", on: node.endpoint(through: hops), input: input)
            #expect(result.outcome == .exited(7))
            #expect(result.stdout == input)
            #expect(node.logins == 1)
            #expect(hops.allSatisfy { $0.logins == 1 })
        }

        @Test("fifty nodes share the session to their jump host, though it allows one command session only")
        func fifty() async throws {
            let node = try OpenSSHServer()
            let hop = try OpenSSHServer(extraConfig: ["MaxSessions 1"])
            let endpoint = node.endpoint(through: [hop])
            try await withThrowingTaskGroup(of: Bool.self) { group in
                for number in 0..<50 {
                    group.addTask {
                        let result = try await Self.run("echo \(number)", on: endpoint)
                        return result.outcome.isSuccess && result.outputText == "\(number)\n"
                    }
                }
                for try await isRight in group { #expect(isRight) }
            }
            #expect(node.logins == 50)
            // More than one only where opens waited long for one another, on a slow machine.
            #expect(hop.logins <= 8)
        }

        @Test("a jump host that dies in mid-command leaves the outcome unknown at once")
        func death() async throws {
            let node = try OpenSSHServer()
            let hop = try OpenSSHServer()
            let connection = try await SSHConnector().connect(to: node.endpoint(through: [hop]))
            let result = try await connection.run(Command("echo on; sleep 60", timeout: .seconds(60))) { _ in
                hop.killConnections()
            }
            #expect(result.outcome == .unknown)
            #expect(result.duration < .seconds(20))
            await connection.close()
            // The next connection logs into the jump host anew.
            #expect(try await Self.run("exit 3", on: node.endpoint(through: [hop])).outcome == .exited(3))
        }

        @Test("an error on the way names the jump host", arguments: [0, 1])
        func wrongKey(position: Int) async throws {
            let node = try OpenSSHServer()
            let hops = [try OpenSSHServer(), try OpenSSHServer()]
            let other = try OpenSSHServer()
            let wrong = try await HostKeyScan().key(of: other.address, port: other.port)
            let name = hops[position].endpoint().knownHostsName
            try hops[position].directory.write("known_hosts", wrong.knownHostsLine(host: name) + "\n")
            let error = await SSHTests.connectError(node.endpoint(through: hops))
            let hop = "hop\(position + 1)"
            // A jump host behind another is reached through it, and is named itself.
            guard case .viaJump(hop, .hostKeyChanged(name, _, _, [wrong.fingerprint], _, 1))? = error else {
                Issue.record("\(String(describing: error))")
                return
            }
            #expect(error?.description.hasPrefix("the jump host \(hop): THE HOST KEY OF \(name) HAS CHANGED") == true)
        }

        @Test("the type of key that is known is asked for behind a jump host too")
        func knownType() async throws {
            let node = try OpenSSHServer(hostKeyTypes: ["ed25519", "ecdsa"])
            let hop = try OpenSSHServer(hostKeyTypes: ["ed25519", "ecdsa"])
            for server in [node, hop] {
                let lines = String(decoding: server.directory.read("known_hosts"), as: UTF8.self).split(separator: "\n")
                try server.directory.write("known_hosts", lines.filter { $0.contains("ecdsa") }.joined() + "\n")
            }
            #expect(try await Self.run("exit 4", on: node.endpoint(through: [hop])).outcome == .exited(4))
        }

        @Test("what a jump host cannot or will not reach is said in its words")
        func refusals() async throws {
            let node = try OpenSSHServer()
            let hop = try OpenSSHServer()
            var nobody = node.endpoint(through: [hop])
            nobody.port = 1
            #expect(
                await SSHTests.connectError(nobody)
                    == .unreachable(
                        address: "127.0.0.1 port 1",
                        reason: "the jump host 127.0.0.1 port \(hop.port) cannot connect to it"))
            let strict = try OpenSSHServer(extraConfig: ["AllowTcpForwarding no"])
            guard case .unreachable(_, let reason)? = await SSHTests.connectError(node.endpoint(through: [strict]))
            else {
                Issue.record("another error")
                return
            }
            #expect(reason.contains("AllowTcpForwarding"))
        }

        @Test("a host that swallows packets holds up nobody else behind the same jump host")
        func blackHole() async throws {
            let node = try OpenSSHServer()
            let hop = try OpenSSHServer()
            let hole = try FullBacklog()
            async let end = Self.connectError(node.endpoint(through: [hop]), port: hole.port)
            let began = ContinuousClock.now
            while !hop.log.contains("direct-tcpip") && !hop.log.contains("server_request_direct_tcpip"),
                ContinuousClock.now - began < .seconds(2)
            { await Task.yield() }
            #expect(try await Self.run("exit 5", on: node.endpoint(through: [hop])).outcome == .exited(5))
            #expect(await end == .timedOut(phase: "connect", after: .seconds(3)))
            #expect(try await Self.run("exit 6", on: node.endpoint(through: [hop])).outcome == .exited(6))
        }
    }
}
