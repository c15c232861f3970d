import Glibc
import SSH
import Synchronization
import TestSupport
import Testing
import Transport

extension RealServerTests {
    @Suite("logging in")
    struct LoggingIn {
        /// An endpoint without the environment's agent.
        private func endpoint(
            _ server: OpenSSHServer, _ identities: [String], user: String = "root", agent: String? = nil
        ) -> Endpoint {
            var endpoint = server.endpoint(identities: identities)
            endpoint.user = user
            endpoint.identityAgent = agent.map { .socket($0) } ?? .none
            return endpoint
        }

        private func error(_ endpoint: Endpoint, prompt: SecretPrompt = .nobody) async -> TransportError? {
            do throws(TransportError) {
                try await SSHConnector(prompt: prompt).connect(to: endpoint).close()
                return nil
            } catch {
                return error
            }
        }

        private func lockedKey(_ server: OpenSSHServer, _ name: String = "locked", rounds: String = "1") throws
            -> String
        {
            let path = server.directory.file(name)
            try ChildProcess.run([
                "/usr/bin/ssh-keygen", "-q", "-t", "ed25519", "-N", "opensesame", "-a", rounds, "-C", "harun", "-f",
                path,
            ])
            return path
        }

        @Test("who is known and kept out is told so: neither more keys nor a password would help")
        func keptOut() async throws {
            let pam = try PAMServer(config: [], account: "pam_deny.so")
            let user = try TestUser()
            let error = try #require(await error(endpoint(pam.server, [pam.server.identity], user: user.name)))
            guard case .accessDenied(user.name, _, _) = error else {
                Issue.record("\(error)")
                return
            }
            let advice = error.advice(inventory: "x.toml")
            #expect(advice == "read what it says: ssh -p \(pam.server.port) \(user.name)@127.0.0.1 true")
        }

        @Test("a password is asked of nobody where the server offers none")
        func rootKeptOut() async throws {
            let server = try OpenSSHServer(extraConfig: ["PermitRootLogin no"])
            let error = try #require(await error(endpoint(server, [server.identity])))
            guard case .authenticationFailed = error else {
                Issue.record("\(error)")
                return
            }
            #expect(error.advice(inventory: "x.toml").contains("PermitRootLogin"))
        }

        // MARK: Encrypted keys

        @Test("an encrypted key opens once for twenty sessions, with one question (fact 12)")
        func encryptedOnce() async throws {
            let server = try OpenSSHServer()
            let key = try lockedKey(server)
            try server.authorize("locked.pub")
            let asked = Mutex<[SecretQuestion]>([])
            let prompt = SecretPrompt { question in
                asked.withLock { $0.append(question) }
                return "opensesame"
            }
            let target = endpoint(server, [key])
            await withTaskGroup(of: TransportError?.self) { group in
                for _ in 0..<20 { group.addTask { await error(target, prompt: prompt) } }
                for await error in group { #expect(error == nil) }
            }
            #expect(asked.withLock { $0 } == [.passphrase(keyFile: key)])
        }

        @Test("nobody is asked for a key that the server does not want")
        func notAsked() async throws {
            let server = try OpenSSHServer()
            let key = try lockedKey(server)
            let prompt = SecretPrompt { question in
                Issue.record("asked: \(question)")
                return nil
            }
            #expect(await error(endpoint(server, [key, server.identity]), prompt: prompt) == nil)
        }

        @Test("a passphrase from a file opens a key, and a wrong one is named by its place")
        func passphraseFile() async throws {
            let server = try OpenSSHServer()
            var target = endpoint(server, [try lockedKey(server)])
            try server.authorize("locked.pub")
            target.passphrase = .file(try server.directory.write("passphrase", "opensesame\n"))
            #expect(await error(target) == nil)
            target.identities = [try lockedKey(server, "other")]
            try server.authorize("other.pub")
            target.passphrase = .file(try server.directory.write("wrong", "openbarley\n"))
            let message = try #require(await error(target)).description
            #expect(message.contains("the passphrase in \(server.directory.file("wrong")) does not open it"))
            #expect(!message.contains("openbarley"))
        }

        @Test("without a terminal an encrypted key says what to do")
        func noTerminal() async throws {
            let server = try OpenSSHServer()
            let key = try lockedKey(server)
            try server.authorize("locked.pub")
            let message = try #require(await error(endpoint(server, [key]))).description
            #expect(message.contains("ssh-add \(key)"))
            #expect(message.contains("passphrase = { env"))
        }

        @Test("an operator who takes longer than the server waits is connected again", .timeLimit(.minutes(5)))
        func slowOperator() async throws {
            let server = try OpenSSHServer(extraConfig: ["LoginGraceTime 5"])
            let key = try lockedKey(server)
            try server.authorize("locked.pub")
            let prompt = SecretPrompt { _ in
                let deadline = ContinuousClock.now + .seconds(60)
                // sshd logs nothing of it.
                while !server.connections.isEmpty, ContinuousClock.now < deadline { poll(nil, 0, 20) }
                return "opensesame"
            }
            #expect(await error(endpoint(server, [key]), prompt: prompt) == nil)
        }

        @Test("every ecdsa curve logs in", arguments: ["256", "384", "521"])
        func curves(bits: String) async throws {
            let server = try OpenSSHServer()
            let path = server.directory.file("key")
            for number in 0..<5 {
                try ChildProcess.run([
                    "/usr/bin/ssh-keygen", "-q", "-t", "ecdsa", "-b", bits, "-N", "", "-f", "\(path)\(number)",
                ])
                try server.authorize("key\(number).pub")
                // The private half alone has to be enough.
                unlink("\(path)\(number).pub")
                #expect(await error(endpoint(server, ["\(path)\(number)"])) == nil)
            }
        }

        // MARK: Agents

        @Test("keys of an agent log in, a hundred sessions at once (facts 10 and 11)")
        func agentStorm() async throws {
            let server = try OpenSSHServer()
            let agent = try RealAgent()
            try agent.add(server.identity)
            let target = endpoint(server, [], agent: agent.socket)
            await withTaskGroup(of: TransportError?.self) { group in
                for _ in 0..<100 { group.addTask { await error(target) } }
                for await error in group { #expect(error == nil) }
            }
        }

        @Test("a public key file picks the agent's key, though it holds many more than the server would look at")
        func picked() async throws {
            let server = try OpenSSHServer()
            let agent = try RealAgent()
            for number in 0..<8 {
                let path = server.directory.file("decoy\(number)")
                try OpenSSHServer.makeKey(path, type: "ed25519")
                try agent.add(path)
            }
            let message = try #require(await error(endpoint(server, [], agent: agent.socket))).description
            #expect(message.contains("3 more were not tried"))
            #expect(!server.log.contains("Too many authentication failures"))
            try agent.add(server.identity)
            var target = endpoint(server, [server.identity + ".pub"], agent: agent.socket)
            target.identitiesOnly = true
            #expect(await error(target) == nil)
        }

        @Test("an encrypted key that an agent holds is not asked for")
        func lockedInAgent() async throws {
            let server = try OpenSSHServer()
            let agent = try RealAgent()
            let plain = server.directory.file("plain")
            let key = try lockedKey(server)
            try server.authorize("locked.pub")
            try ChildProcess.run(["/bin/cp", key, plain])
            try ChildProcess.run(["/usr/bin/ssh-keygen", "-q", "-p", "-P", "opensesame", "-N", "", "-f", plain])
            try agent.add(plain)
            #expect(await error(endpoint(server, [key], agent: agent.socket)) == nil)
        }

        @Test("an agent that is locked, gone or talks nonsense leaves the key file to log in")
        func brokenAgents() async throws {
            let server = try OpenSSHServer()
            let blob = Array(server.directory.read("id_ed25519.pub").split(separator: UInt8(ascii: " "))[1])
            let key = try #require(decoded(blob))
            for manner in [.hangUp, .answer([0, 0, 0, 1, 5]), .answer([1, 2, 3, 4, 5, 6, 7, 8])] as [FakeAgent.Manner] {
                let agent = try FakeAgent(manner)
                #expect(await error(endpoint(server, [server.identity], agent: agent.socketPath)) == nil)
                #expect(
                    await error(endpoint(server, [], agent: agent.socketPath))?.description.contains("agent") == true)
            }
            // Holds the right key and will not sign, or signs wrongly.
            for answer in [[0, 0, 0, 1, 5], [0, 0, 0, 9, 14, 0, 0, 0, 4, 0, 0, 0, 0]] as [[UInt8]] {
                let agent = try FakeAgent(.holds([key], then: answer))
                let target = endpoint(server, [], agent: agent.socketPath)
                #expect(await error(target)?.description.contains("no key that it accepts could sign") == true)
                #expect(await error(endpoint(server, [server.identity], agent: agent.socketPath)) == nil)
            }
            #expect(await error(endpoint(server, [server.identity], agent: "/nonexistent")) == nil)
        }

        private func decoded(_ base64: [UInt8]) -> [UInt8]? {
            let folder = try? TemporaryDirectory()
            guard let folder, let file = try? folder.write("in", String(decoding: base64, as: UTF8.self)) else {
                return nil
            }
            try? ChildProcess.run(["/bin/sh", "-c", "base64 -d \(file) >\(folder.file("out"))"])
            return folder.read("out")
        }

        // MARK: Limits

        @Test("with MaxAuthTries 1 the key that worked before comes first the next time")
        func provenFirst() async throws {
            let first = try OpenSSHServer()
            let wrong = first.directory.file("wrong")
            try OpenSSHServer.makeKey(wrong, type: "ed25519")
            #expect(await error(endpoint(first, [wrong, first.identity])) == nil)
            let second = try OpenSSHServer(extraConfig: ["MaxAuthTries 1"])
            try second.directory.write(
                "authorized_keys", String(decoding: first.directory.read("id_ed25519.pub"), as: UTF8.self))
            #expect(await error(endpoint(second, [wrong, first.identity])) == nil)
        }

        // MARK: Passwords

        private static let passwords = ["PasswordAuthentication yes", "PubkeyAuthentication no"]

        @Test("a password from a file logs in")
        func password() async throws {
            let server = try OpenSSHServer(extraConfig: Self.passwords)
            let user = try TestUser(password: "pass word")
            var target = endpoint(server, [], user: user.name)
            target.password = .file(try server.directory.write("password", "pass word\n"))
            #expect(await error(target) == nil)
        }

        @Test("a wrong password is refused in words that do not hold it, and offered once")
        func wrongPassword() async throws {
            let server = try OpenSSHServer(extraConfig: Self.passwords)
            let user = try TestUser(password: "pass word")
            var target = endpoint(server, [], user: user.name)
            target.password = .file(try server.directory.write("password", "letmein\n"))
            let message = try #require(await error(target)).description
            #expect(message.contains("it refuses the password (it offers: password)"))
            #expect(!message.contains("letmein"))
            // Its end of the connection is the last that the server says of it.
            let deadline = ContinuousClock.now + .seconds(60)
            while !server.log.contains("authenticating user"), ContinuousClock.now < deadline { await Task.yield() }
            #expect(server.log.split(separator: "\n").count { $0.contains("Failed password") } == 1)
        }

        @Test("on a terminal a password may be mistyped, and is asked for once for all later connections")
        func typedPassword() async throws {
            let server = try OpenSSHServer(extraConfig: Self.passwords)
            let user = try TestUser(password: "pass word")
            let answers = Mutex(["wrong", "pass word"])
            let prompt = SecretPrompt { question in
                #expect(question == .password(user: user.name, address: "127.0.0.1 port \(server.port)"))
                return answers.withLock { $0.isEmpty ? nil : $0.removeFirst() }
            }
            let target = endpoint(server, [], user: user.name)
            #expect(await error(target, prompt: prompt) == nil)
            #expect(await error(target, prompt: prompt) == nil)
            #expect(answers.withLock { $0 } == [])
        }

        @Test("a server that wants a password and gets none says what to do")
        func noPassword() async throws {
            let server = try OpenSSHServer(extraConfig: ["PasswordAuthentication yes"])
            let wrong = server.directory.file("wrong")
            try OpenSSHServer.makeKey(wrong, type: "ed25519")
            let error = try #require(await error(endpoint(server, [wrong])))
            guard case .secretNeeded("root", _, [wrong], _) = error else {
                Issue.record("\(error)")
                return
            }
            #expect(error.description.contains("(it offers: publickey,password)"))
            #expect(error.advice(inventory: "x.toml").contains("password = { env"))
        }

        @Test("a key and then a password, where the server wants both (fact 19)")
        func twoFactors() async throws {
            let server = try OpenSSHServer(extraConfig: [
                "PasswordAuthentication yes", "AuthenticationMethods publickey,password",
            ])
            let user = try TestUser(password: "pass word")
            var target = endpoint(server, [server.identity], user: user.name)
            #expect(await error(target)?.description.contains("the key alone is not enough") == true)
            target.password = .file(try server.directory.write("password", "pass word\n"))
            #expect(await error(target) == nil)
        }

        // MARK: Questions

        @Test("a server's questions are answered with the password, the others by the operator")
        func questions() async throws {
            let pam = try PAMServer(config: ["PasswordAuthentication no", "KbdInteractiveAuthentication yes"])
            let user = try TestUser(password: "pass word")
            var target = endpoint(pam.server, [], user: user.name)
            let prompt = SecretPrompt { question in
                guard case .reply(let words, false, user.name, _) = question, words.hasSuffix("Password:") else {
                    Issue.record("\(question)")
                    return nil
                }
                return "pass word"
            }
            #expect(await error(target, prompt: prompt) == nil)
            let file = try pam.server.directory.write("password", "pass word\n")
            target.password = .file(file)
            #expect(await error(target) == nil)
            try pam.server.directory.write("password", "letmein\n")
            #expect(await error(target)?.description.contains("it refuses the password") == true)
        }

        @Test("an expired password is not set anew to itself: the question for a new one is the operator's")
        func expired() async throws {
            let pam = try PAMServer(config: ["PasswordAuthentication no", "KbdInteractiveAuthentication yes"])
            let user = try TestUser(password: "pass word", isExpired: true)
            var target = endpoint(pam.server, [], user: user.name)
            target.password = .file(try pam.server.directory.write("password", "pass word\n"))
            let error = try #require(await error(target))
            guard case .secretNeeded = error else {
                Issue.record("\(error)")
                return
            }
            #expect(error.description.lowercased().contains("current password:”"))
        }

        @Test("a key and then a question, where the server wants both")
        func keyAndQuestion() async throws {
            let pam = try PAMServer(config: [
                "PasswordAuthentication no", "KbdInteractiveAuthentication yes",
                "AuthenticationMethods publickey,keyboard-interactive",
            ])
            let user = try TestUser(password: "pass word")
            let target = endpoint(pam.server, [pam.server.identity], user: user.name)
            let asked = Mutex(0)
            let prompt = SecretPrompt { _ in
                asked.withLock { $0 += 1 }
                return "pass word"
            }
            #expect(await error(target, prompt: prompt) == nil)
            #expect(asked.withLock { $0 } == 1)
        }
    }
}
