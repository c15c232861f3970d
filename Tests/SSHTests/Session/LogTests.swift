import Logging
import SSH
import TestSupport
import Testing
import Transport

extension RealServerTests {
    @Suite("what is logged")
    struct Logged {
        private let book = LogBook()

        /// An endpoint without the environment's agent.
        private func endpoint(_ server: OpenSSHServer, knownHosts: String? = nil) -> Endpoint {
            var endpoint = server.endpoint(knownHosts: knownHosts)
            endpoint.identityAgent = .none
            return endpoint
        }

        private func fail(_ endpoint: Endpoint) async -> TransportError? {
            do throws(TransportError) {
                try await SSHConnector(log: book.logger()).connect(to: endpoint).close()
                return nil
            } catch {
                return error
            }
        }

        @Test("a login is told from the name to root, and a command by its size alone")
        func login() async throws {
            let server = try OpenSSHServer()
            var endpoint = endpoint(server)
            endpoint.address = "localhost"
            endpoint.hostKeyAlias = "[127.0.0.1]:\(server.port)"
            let node = try await SSHConnector(log: book.logger()).connect(to: endpoint)
            let command = Command("cat; echo canary-output # canary-script", input: Array("canary-input".utf8))
            #expect(try await node.run(command).outputText == "canary-inputcanary-output\n")
            await node.close()
            let missing = book.firstMissing([
                "debug lab has 1 key to offer",
                "debug lab looks localhost up",
                "debug lab localhost is ",
                "debug lab connected to 127.0.0.1 port \(server.port) after ",
                "debug lab the server is SSH-2.0-OpenSSH",
                "debug lab key exchange curve25519-sha256, host key ssh-ed25519, cipher aes",
                "as in \(server.directory.file("known_hosts")):1",
                "debug lab offers the key \(server.identity) (ssh-ed25519 SHA256:",
                "debug lab accepted",
                "info lab logged in as root after ",
                "info lab root: it is who logged in",
                "debug lab begins: a command",
                "debug lab a command: ",
                "debug lab the connection is over: closed",
            ])
            #expect(missing == nil, "\(book.lines.joined(separator: "\n"))")
            #expect(book.lines.contains { $0.contains(#/bytes sent, \d+ received, .*s: exit code 0/#) })
            #expect(!book.lines.contains { $0.contains("canary") })
        }

        @Test(
            "nobody who logs from info on is told of steps that went well", arguments: [Logger.Level.info, .critical])
        func levels(level: Logger.Level) async throws {
            let server = try OpenSSHServer()
            let node = try await SSHConnector(log: book.logger(level)).connect(to: endpoint(server))
            await node.close()
            #expect(book.lines.allSatisfy { $0.hasPrefix("info lab ") })
            #expect(book.lines.isEmpty == (level == .critical))
        }

        @Test("the text of probes is told at trace, that of work never", arguments: [Logger.Level.debug, .trace])
        func texts(level: Logger.Level) async throws {
            let server = try OpenSSHServer()
            let node = try await SSHConnector(log: book.logger(level)).connect(to: endpoint(server))
            _ = try await node.run(Command("true # a probe", purpose: .probes(3)))
            _ = try await node.run(Command("true # some work", purpose: .step("format", stage: "storage")))
            await node.close()
            #expect(book.lines.contains("trace lab text of the probes:\ntrue # a probe") == (level == .trace))
            #expect(!book.lines.contains { $0.contains("some work") })
            let missing = book.firstMissing(["debug lab probes of 3 steps: ", "debug lab work of storage/format: "])
            #expect(missing == nil, "\(book.lines)")
        }

        @Test("a key that the server does not accept is named, with what it would take")
        func refusedKey() async throws {
            let server = try OpenSSHServer()
            try OpenSSHServer.makeKey(server.directory.file("stranger"), type: "ed25519")
            var endpoint = endpoint(server)
            endpoint.identities = [server.directory.file("stranger"), server.directory.file("nowhere")]
            #expect(await fail(endpoint) != nil)
            let missing = book.firstMissing([
                "debug lab does not offer: ",
                "debug lab offers the key \(server.directory.file("stranger")) (ssh-ed25519 SHA256:",
                "debug lab the server does not accept the key",
                "debug lab asks what may be offered",
                "debug lab the server offers publickey",
                "debug lab nothing is left to offer",
                "info lab no connection after ",
            ])
            #expect(missing == nil, "\(book.lines.joined(separator: "\n"))")
        }

        @Test("a changed host key is told with its fingerprint, and nothing is offered to that host")
        func changedHostKey() async throws {
            let server = try OpenSSHServer()
            let other = try OpenSSHServer()
            let known = other.directory.file("others")
            let words = other.knownHostsOfEverywhere.replacing("\(other.port)", with: "\(server.port)")
            try other.directory.write("others", words)
            guard
                case .hostKeyChanged(_, _, let fingerprint, _, _, _)? = await fail(endpoint(server, knownHosts: known))
            else {
                Issue.record("\(book.lines)")
                return
            }
            let missing = book.firstMissing([
                "info lab host key ssh-ed25519 \(fingerprint): not accepted", "info lab no connection after ",
            ])
            #expect(missing == nil, "\(book.lines.joined(separator: "\n"))")
            #expect(!book.lines.contains { $0.contains("offers") })
        }

        @Test("a jump host is told by its own name, and the node by which one it is reached")
        func jump() async throws {
            let (server, hop) = (try OpenSSHServer(), try OpenSSHServer())
            let node = try await SSHConnector(log: book.logger()).connect(to: server.endpoint(through: [hop]))
            await node.close()
            let missing = book.firstMissing([
                "debug lab goes through the jump host root@127.0.0.1 port \(hop.port)",
                "debug hop1 connected to 127.0.0.1 port \(hop.port)",
                "info hop1 logged in as root",
                "debug lab the jump host hop1 opened a way to 127.0.0.1 port \(server.port) after ",
                "debug lab the server is SSH-2.0",
                "info lab logged in as root",
            ])
            #expect(missing == nil, "\(book.lines.joined(separator: "\n"))")
        }

        @Test("keepalives without an answer are told before the connection is given up")
        func silence() async throws {
            let server = try OpenSSHServer()
            let time = ManualTime()
            let node = try await SSHConnector(time: time, log: book.logger()).connect(to: endpoint(server))
            let (started, source) = AsyncStream.makeStream(of: Void.self)
            async let result = node.run(Command("echo begun; sleep 300", timeout: .seconds(999))) { _ in
                server.freezeConnections()
                source.yield()
            }
            defer { server.killConnections() }
            for await _ in started { break }
            // The first look still sees the login's input.
            for _ in 0..<4 { await time.pass(.seconds(15)) }
            #expect(try await result.outcome == .unknown)
            await node.close()
            let missing = book.firstMissing([
                "info lab no sign of life for 15.0 s: 1 of 3 keepalives", "no sign of life for 30.0 s: 2 of 3",
                "info lab the connection is over: no sign of life", "debug lab a command: ",
            ])
            #expect(missing == nil, "\(book.lines.joined(separator: "\n"))")
        }

        @Test("a transfer is told with its size and its time, and none of its bytes")
        func transfer() async throws {
            let server = try OpenSSHServer(extraConfig: ["Subsystem sftp internal-sftp"])
            try server.directory.write("source", "canary-bytes")
            let node = try await SSHConnector(log: book.logger()).connect(to: endpoint(server))
            let (there, back) = (server.directory.file("there"), server.directory.file("back"))
            try await node.upload(
                file: server.directory.file("source"), to: there, mode: 0o600, owner: nil, onProgress: nil)
            try await node.download(there, to: back, onProgress: nil)
            await node.close()
            let missing = book.firstMissing([
                "info lab upload of \(server.directory.file("source")) to \(there): 12 bytes",
                "info lab upload to \(there): done after ",
                "info lab download of \(there): 12 bytes, 0 of them are here already",
                "info lab download of \(there): done after ",
            ])
            #expect(missing == nil, "\(book.lines.joined(separator: "\n"))")
            #expect(!book.lines.contains { $0.contains("canary") })
        }
    }
}
