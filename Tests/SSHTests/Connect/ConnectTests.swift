import SSH
import TestSupport
import Testing
import Transport

extension RealServerTests {
    @Suite("connecting")
    struct Connecting {
        @Test("an unknown host key is refused with its fingerprint")
        func unknownHost() async throws {
            let server = try OpenSSHServer()
            let scanned = try await HostKeyScan().key(of: server.address, port: server.port)
            let file = try server.directory.write("empty", "")
            #expect(
                await connectError(server.endpoint(knownHosts: file))
                    == .hostKeyUnknown(
                        host: "[127.0.0.1]:\(server.port)", keyType: "ssh-ed25519", fingerprint: scanned.fingerprint,
                        knownHosts: file))
        }

        @Test("a scanned key, once written down, is accepted")
        func scan() async throws {
            let server = try OpenSSHServer(hostKeyTypes: ["ecdsa", "ed25519"])
            let endpoint = server.endpoint()
            let key = try await HostKeyScan().key(of: server.address, port: server.port)
            #expect(key.type == "ssh-ed25519")
            let file = try server.directory.write("pinned", key.knownHostsLine(host: endpoint.knownHostsName))
            #expect(await connectError(server.endpoint(knownHosts: file)) == nil)
            let second = try await HostKeyScan().key(
                of: server.address, port: server.port, preferring: ["ecdsa-sha2-nistp256"])
            #expect(second.type == "ecdsa-sha2-nistp256")
        }

        @Test("the type of key that is known is asked for, though the server prefers another")
        func knownType() async throws {
            let server = try OpenSSHServer(hostKeyTypes: ["ed25519", "ecdsa"])
            let lines = String(decoding: server.directory.read("known_hosts"), as: UTF8.self).split(separator: "\n")
            let file = try server.directory.write("ecdsa_only", lines.filter { $0.contains("ecdsa") }.joined())
            #expect(await connectError(server.endpoint(knownHosts: file)) == nil)
        }

        @Test("a changed host key is refused with both fingerprints and the line")
        func changedHost() async throws {
            let server = try OpenSSHServer()
            let other = try OpenSSHServer()
            let mine = try await HostKeyScan().key(of: server.address, port: server.port)
            let wrong = try await HostKeyScan().key(of: other.address, port: other.port)
            let host = server.endpoint().knownHostsName
            let file = try server.directory.write("changed", "\n" + wrong.knownHostsLine(host: host) + "\n")
            #expect(
                await connectError(server.endpoint(knownHosts: file))
                    == .hostKeyChanged(
                        host: host, keyType: "ssh-ed25519", fingerprint: mine.fingerprint,
                        expected: [wrong.fingerprint], knownHosts: file, line: 2))
        }

        @Test(
            "off port 22 a line without the port counts where the one with it is new, as for ssh",
            arguments: [
                (lines: ["plain mine"], isAccepted: true), (["plain other"], false),
                (["port other", "plain mine"], false),
                (["port mine", "plain other"], true), (["plain mine", "@revoked plain mine"], false),
            ])
        func withoutPort(lines: [String], isAccepted: Bool) async throws {
            let server = try OpenSSHServer()
            let key = try await HostKeyScan().key(of: server.address, port: server.port)
            try OpenSSHServer.makeKey(server.directory.file("other"), type: "ed25519")
            let other = String(decoding: server.directory.read("other.pub"), as: UTF8.self).split(separator: " ")
            let text = lines.map { line in
                line.replacing("plain", with: server.address)
                    .replacing("port", with: server.endpoint().knownHostsName)
                    .replacing("mine", with: key.knownHostsLine(host: "").dropFirst())
                    .replacing("other", with: other.prefix(2).joined(separator: " ")) + "\n"
            }.joined()
            let file = try server.directory.write("pins", text)
            #expect((await connectError(server.endpoint(knownHosts: file)) == nil) == isAccepted)
            let ssh = try ChildProcess([
                "/usr/bin/ssh", "-F", "none", "-i", server.identity, "-p", "\(server.port)", "-o", "BatchMode=yes",
                "-o", "StrictHostKeyChecking=yes", "-o", "UserKnownHostsFile=\(file)", "-o",
                "GlobalKnownHostsFile=/dev/null", "root@\(server.address)", "true",
            ])
            #expect((ssh.wait() == 0) == isAccepted)
        }

        @Test("a revoked host key is refused")
        func revokedHost() async throws {
            let server = try OpenSSHServer()
            let key = try await HostKeyScan().key(of: server.address, port: server.port)
            let host = server.endpoint().knownHostsName
            let line = key.knownHostsLine(host: host)
            let file = try server.directory.write("revoked", "\(line)\n@revoked \(line)\n")
            #expect(
                await connectError(server.endpoint(knownHosts: file))
                    == .hostKeyRevoked(host: host, fingerprint: key.fingerprint, knownHosts: file, line: 2))
        }

        @Test("a port where nothing listens is unreachable, and worth another try")
        func refused() async throws {
            let server = try OpenSSHServer()
            var endpoint = server.endpoint()
            endpoint.port = 1
            let error = try #require(await connectError(endpoint))
            #expect(error == .unreachable(address: "127.0.0.1 port 1", reason: "Connection refused"))
            #expect(error.isRetryable)
        }

        @Test("a name without an address is unreachable")
        func noName() async throws {
            let server = try OpenSSHServer()
            var endpoint = server.endpoint()
            endpoint.address = "no-such-host.invalid"
            // A machine without a name server of its own may be told so late.
            switch await connectError(endpoint) {
            case .unreachable, .timedOut("resolve", _): break
            case let other: Issue.record("\(String(describing: other))")
            }
        }

        @Test("an address that swallows packets ends at the deadline")
        func blackHole() async throws {
            let server = try OpenSSHServer()
            var endpoint = server.endpoint()
            var deadlines = Deadlines()
            deadlines.connect = .milliseconds(200)
            // A documentation address: no route, or no answer.
            endpoint.address = "192.0.2.1"
            switch await connectError(endpoint, deadlines: deadlines) {
            case .timedOut("connect", _), .unreachable: break
            case let other: Issue.record("\(String(describing: other))")
            }
        }

        @Test("a server that accepts and says nothing ends at the handshake's deadline")
        func silentServer() async throws {
            let server = try OpenSSHServer()
            server.freeze()
            defer { server.thaw() }
            var deadlines = Deadlines()
            deadlines.handshake = .milliseconds(300)
            let error = await connectError(server.endpoint(), deadlines: deadlines)
            #expect(error == .timedOut(phase: "handshake", after: .milliseconds(300)))
        }

        @Test("a wrong key is refused, and the error names what was tried")
        func wrongKey() async throws {
            let server = try OpenSSHServer()
            let wrong = server.directory.file("wrong")
            try OpenSSHServer.makeKey(wrong, type: "ed25519")
            guard
                case .authenticationFailed("root", _, [wrong], let reason) = await connectError(
                    server.endpoint(identities: [wrong]))
            else {
                Issue.record("another error")
                return
            }
            #expect(reason.contains("publickey"))
        }

        @Test("identities are tried in order until one fits; unusable ones are passed over")
        func severalKeys() async throws {
            let server = try OpenSSHServer()
            let wrong = server.directory.file("wrong")
            try OpenSSHServer.makeKey(wrong, type: "ecdsa")
            let identities = ["/nonexistent", wrong, server.identity]
            #expect(await connectError(server.endpoint(identities: identities)) == nil)
        }

        @Test("an ecdsa key logs in")
        func ecdsa() async throws {
            let server = try OpenSSHServer()
            try OpenSSHServer.makeKey(server.directory.file("id_ecdsa"), type: "ecdsa")
            try server.authorize("id_ecdsa.pub")
            #expect(await connectError(server.endpoint(identities: [server.directory.file("id_ecdsa")])) == nil)
        }

        @Test("a server that hangs up after one wrong key is an authentication failure too")
        func maxAuthTries() async throws {
            let server = try OpenSSHServer(extraConfig: ["MaxAuthTries 1"])
            let wrong = server.directory.file("wrong")
            try OpenSSHServer.makeKey(wrong, type: "ed25519")
            let error = await connectError(server.endpoint(identities: [wrong, server.identity]))
            guard case .authenticationFailed("root", _, [wrong], let reason) = error else {
                Issue.record("\(String(describing: error))")
                return
            }
            #expect(reason.contains("MaxAuthTries"))
            #expect(await connectError(server.endpoint()) == nil)
        }

        @Test("no usable identity is said before anything is sent")
        func noIdentity() async throws {
            let server = try OpenSSHServer()
            #expect(
                await connectError(server.endpoint(identities: ["/nonexistent"]))
                    == .identityUnusable(path: "/nonexistent", reason: "No such file or directory"))
        }

        @Test(
            "a server without a common algorithm is incompatible, and the error lists harun's",
            arguments: [
                "MACs hmac-sha2-256-etm@openssh.com", "Ciphers chacha20-poly1305@openssh.com",
                "KexAlgorithms sntrup761x25519-sha512@openssh.com",
            ])
        func noCommonAlgorithm(line: String) async throws {
            let server = try OpenSSHServer(extraConfig: [line])
            guard case .incompatible(let reason) = await connectError(server.endpoint()) else {
                // A newer libssh2 may know them.
                return
            }
            #expect(reason.contains("hmac-sha2-256"))
        }

        @Test("a hundred sessions at once all do their work (fact 14)")
        func hundred() async throws {
            let server = try OpenSSHServer()
            var patient = Deadlines()
            patient.keepalive = .seconds(60)
            (patient.handshake, patient.login, patient.open) = (.seconds(300), .seconds(300), .seconds(300))
            let deadlines = patient
            try await withThrowingTaskGroup(of: Bool.self) { group in
                for number in 0..<100 {
                    group.addTask {
                        try await withConnection(to: server, deadlines: deadlines) { node async throws in
                            let result = try await node.run(
                                Command("echo \(number); exit \(number)", timeout: .seconds(300)))
                            return result.outcome == .exited(UInt8(number)) && result.outputText == "\(number)\n"
                        }
                    }
                }
                for try await isRight in group { #expect(isRight) }
            }
        }

        @Test("a connection attempt that is cancelled ends at once", arguments: [0, 1])
        func cancelled(isFrozen: Int) async throws {
            let server = try OpenSSHServer()
            if isFrozen == 1 { server.freeze() }
            defer { server.thaw() }
            let endpoint = server.endpoint()
            let task = Task { try await SSHConnector().connect(to: endpoint) }
            task.cancel()
            await #expect(throws: TransportError.cancelled) { try await task.value }
        }
    }
}
