import SSH
import TestSupport
import Testing
import Transport

extension RealServerTests {
    @Suite("another user than root")
    struct Sudo {
        private func connection(_ server: OpenSSHServer, _ user: TestUser) async throws -> any NodeConnection {
            var endpoint = server.endpoint()
            endpoint.user = user.name
            endpoint.identityAgent = .none
            return try await SSHConnector().connect(to: endpoint)
        }

        private func error(_ rule: String?) async throws -> TransportError? {
            let server = try OpenSSHServer()
            let user = try TestUser(sudo: rule)
            let connection = try await connection(server, user)
            let result: TransportError?
            do throws(TransportError) {
                _ = try await connection.run(Command("touch \(server.directory.file("ran"))"))
                result = nil
            } catch {
                result = error
            }
            await connection.close()
            #expect(server.directory.read("ran").isEmpty)
            return result
        }

        @Test("who may not become root is told the line that allows it, and nothing ran")
        func refused() async throws {
            for rule in [nil, "ALL=(ALL) ALL", "ALL=(ALL) NOPASSWD: /bin/true"] {
                let error = try #require(try await error(rule))
                guard case .sudoRefused(let user, let reason) = error else {
                    Issue.record("\(error)")
                    continue
                }
                #expect(reason.contains("sudo"))
                let advice = error.advice(inventory: "x.toml")
                #expect(advice.contains("'\(user) ALL=(ALL) NOPASSWD: ALL'"))
                #expect(advice.contains("/etc/sudoers.d/harun"))
            }
        }

        @Test("the line that the error names does allow it")
        func allowed() async throws {
            let server = try OpenSSHServer()
            let user = try TestUser(sudo: "ALL=(ALL) NOPASSWD: ALL")
            let connection = try await connection(server, user)
            let result = try await connection.run(Command("id -u; cat; exit 7", input: Array("input".utf8)))
            #expect(result.outputText == "0\ninput")
            #expect(result.outcome == .exited(7))
            try await connection.upload([1, 2, 3], to: server.directory.file("upload"), mode: 0o640)
            #expect(server.directory.read("upload") == [1, 2, 3])
            await connection.close()
        }

        @Test(
            "any bytes of a script arrive through sshd, a login shell and sudo",
            arguments: ["/bin/sh", "/bin/bash", "/bin/dash", "/usr/bin/fish", "/bin/zsh", "/bin/tcsh", "/bin/bsd-csh"])
        func everyByte(shell: String) async throws {
            guard FileStatus.exists(shell) else { return }
            let server = try OpenSSHServer()
            let user = try TestUser(shell: shell, sudo: "ALL=(ALL) NOPASSWD: ALL")
            let connection = try await connection(server, user)
            let seed = UInt64.random(in: 0...UInt64.max)
            var random = SeededGenerator(seed: seed)
            let nasty = Array(
                "'\"\\$`!*?[]{}()<>|&;#~ \n\t%^=@,:-+\r\u{1}\u{8}\u{1b}\u{7f}éñ€\u{2028}😀\u{301}\u{200D}\u{FE0F}\u{600}"
                    .unicodeScalars)
            for round in 0..<20 {
                // One in five is long and travels on standard input.
                let count = round % 5 == 4 ? 30_000 : Int.random(in: 0..<300, using: &random)
                let text = String(String.UnicodeScalarView((0..<count).map { _ in scalar(nasty, &random) }))
                let script = "cat; printf %s \(text.quotedEverywhere); printf '%s' \"$#\" >&2; exit \(round)"
                let result = try await connection.run(Command(script, input: [0, 255, 10]))
                #expect(
                    result.stdout == [0, 255, 10] + Array(text.utf8), "shell \(shell), seed \(seed), round \(round)")
                #expect(result.errorText == "0")
                #expect(result.outcome == .exited(UInt8(round)))
            }
            await connection.close()
        }

        private func scalar(_ nasty: [Unicode.Scalar], _ random: inout SeededGenerator) -> Unicode.Scalar {
            if Bool.random(using: &random), let scalar = nasty.randomElement(using: &random) { return scalar }
            return Unicode.Scalar(UInt32.random(in: 1...0x24F, using: &random)) ?? "x"
        }

        @Test("secrets on standard input stand in no process list and no environment of the node")
        func canary() async throws {
            let server = try OpenSSHServer()
            // Words of this case alone: others put theirs into the process list by themselves.
            let tag = String(UInt64.random(in: 0...UInt64.max), radix: 16)
            let (password, passphrase) = ("canary-password-\(tag)", "canary-passphrase-\(tag)")
            let user = try TestUser(password: password, sudo: "ALL=(ALL) NOPASSWD: ALL")
            let locked = server.directory.file("locked")
            try OpenSSHServer.makeKey(locked, type: "ed25519", passphrase: passphrase)
            try server.authorize("locked.pub")
            let secondServer = try OpenSSHServer(extraConfig: [
                "PasswordAuthentication yes", "AuthenticationMethods publickey,password",
                "AuthorizedKeysFile \(server.directory.file("authorized_keys"))", "LogLevel DEBUG3",
            ])
            var endpoint = secondServer.endpoint(identities: [locked])
            endpoint.user = user.name
            endpoint.identityAgent = .none
            endpoint.passphrase = .file(try server.directory.write("passphrase", "\(passphrase)\n"))
            endpoint.password = .file(try server.directory.write("password", "\(password)\n"))
            let connection = try await SSHConnector().connect(to: endpoint)
            let look = """
                for f in /proc/[0-9]*/cmdline /proc/[0-9]*/environ; do cat "$f"; done 2>/dev/null | tr '\\0' '\\n'
                env; set
                """
            let result = try await connection.run(Command(look, input: Array("canary-input-\(tag)".utf8)))
            await connection.close()
            for needle in [password, passphrase, "canary-input-\(tag)"] {
                #expect(!result.outputText.contains(needle))
                #expect(!result.errorText.contains(needle))
                #expect(!secondServer.log.contains(needle))
            }
            #expect(result.outputText.contains("LC_ALL=C.UTF-8") || result.outputText.contains("LC_ALL='C.UTF-8'"))
        }
    }
}

private enum FileStatus {
    /// Whether there is such a program on this machine.
    static func exists(_ path: String) -> Bool { (try? ChildProcess(["/usr/bin/test", "-x", path]).wait()) == 0 }
}

extension String {
    /// The text as one word of sh, with every quote that could be needed.
    fileprivate var quotedEverywhere: String {
        let parts = unicodeScalars.split(separator: "'", omittingEmptySubsequences: false).map { String($0) }
        return "'" + parts.joined(separator: "'\\''") + "'"
    }
}
