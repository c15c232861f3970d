import Glibc
import SSH
import TestSupport
import Testing
import Transport

extension RealServerTests {
    /// Servers that run something else than the command they are asked for.
    ///
    /// Nothing of the command ran, and harun knows it: the script waits for a line that is sent only to itself.
    @Suite("a server that runs something else")
    struct OddServers {
        /// Who logs in, and what runs in place of a command.
        struct Odd: Sendable, CustomTestStringConvertible {
            var testDescription: String
            /// Lines of sshd_config.
            var config: [String] = []
            /// Options before root's key in authorized_keys.
            var keyOptions: String?
            /// The login shell of a user made for it; nil for root.
            var shell: String?
            var startUp: String?
            var isExpired = false
            /// What the error has to say, and its advice.
            var says: String
            var advises: String
        }

        private static let cases = [
            Odd(
                testDescription: "cloud images for root",
                keyOptions:
                    #"no-pty,command="echo 'Please login as the user \"debian\" rather than the user \"root\".';echo;exit 142""#,
                says: #"“Please login as the user "debian" rather than the user "root".” and ended with exit code 142"#,
                advises: #"`user = "debian"` under [ssh] in x.toml"#),
            Odd(
                testDescription: "a forced command that says nothing", config: ["ForceCommand true"],
                says: "it said nothing", advises: "ForceCommand in sshd_config"),
            Odd(
                testDescription: "a forced command that does run the original, unheard",
                config: [#"ForceCommand sh -c "$SSH_ORIGINAL_COMMAND" >/dev/null 2>&1"#],
                says: "it said nothing", advises: "ForceCommand in sshd_config"),
            Odd(
                testDescription: "a forced command that reads to the end of its input",
                config: ["ForceCommand printf 'read: '; cat"], says: "“read: ”", advises: "ForceCommand in sshd_config"),
            Odd(
                testDescription: "sftp only", config: ["ForceCommand internal-sftp"],
                says: "This service allows sftp connections only.", advises: "ForceCommand internal-sftp off root"),
            Odd(
                testDescription: "no shell", shell: "/usr/sbin/nologin",
                says: "This account is currently not available.", advises: "usermod -s /bin/bash"),
            Odd(testDescription: "/bin/false", shell: "/bin/false", says: "exit code 1", advises: "true; look for"),
            Odd(
                testDescription: "a restricted shell", shell: "/bin/rbash", says: "restricted",
                advises: "restricted shell"),
            Odd(
                testDescription: "exit in .bashrc", shell: "/bin/bash", startUp: "echo off we go; exit 3",
                says: "“off we go” and ended with exit code 3", advises: "`exit`"),
            Odd(
                testDescription: "another shell in .bashrc", shell: "/bin/bash", startUp: "exec fish",
                says: "in place of harun's command", advises: "`exec`"),
            Odd(
                testDescription: "an expired password", shell: "/bin/sh", isExpired: true,
                says: "assword", advises: "set a new password: ssh -p"),
        ]

        @Test("is told so, with its words and what to do, and nothing ran", arguments: cases)
        func table(odd: Odd) async throws {
            let folder = try TemporaryDirectory()
            let marker = folder.file("ran")
            chmod(folder.path, 0o777)
            let pam = odd.isExpired ? try PAMServer(config: []) : nil
            let server = try pam?.server ?? OpenSSHServer(extraConfig: odd.config + ["SetEnv SHLVL=0"])
            if let options = odd.keyOptions {
                let key = String(decoding: server.directory.read("id_ed25519.pub"), as: UTF8.self)
                try server.directory.write("authorized_keys", "\(options) \(key)")
            }
            let user = try odd.shell.map {
                try TestUser(
                    shell: $0, password: odd.isExpired ? "old" : nil, isExpired: odd.isExpired,
                    sudo: "ALL=(ALL) NOPASSWD: ALL")
            }
            if let text = odd.startUp { try user?.home.write(".bashrc", text + "\n", mode: 0o644) }
            var endpoint = server.endpoint()
            endpoint.identityAgent = .none
            if let user { endpoint.user = user.name }
            var deadlines = Deadlines()
            deadlines.start = .seconds(3)
            let node = try await SSHConnector(deadlines: deadlines).connect(to: endpoint)
            // A long script travels on standard input, where a shell would take it for its own.
            for script in ["touch \(marker)", "touch \(marker)\n" + String(repeating: "#\n", count: 20_000)] {
                let error = await #expect(throws: TransportError.self) {
                    try await node.run(Command(script, input: Array("touch \(marker)\n".utf8)))
                }
                guard let error, case .notBegun = error else {
                    Issue.record("\(String(describing: error))")
                    continue
                }
                #expect(error.description.contains(odd.says), "\(error)")
                #expect(error.advice(inventory: "x.toml").contains(odd.advises), "\(error.advice(inventory: "x.toml"))")
                #expect(!error.mayHaveBegun)
            }
            await node.close()
            #expect(access(marker, F_OK) != 0)
        }

        @Test("a shell that begins too late does not begin at all")
        func late() async throws {
            let folder = try TemporaryDirectory()
            let server = try OpenSSHServer(extraConfig: [
                "ForceCommand while [ ! -e \(folder.file("go")) ]; do sleep 0.05; done; sh -c \"$SSH_ORIGINAL_COMMAND\""
            ])
            let time = ManualTime()
            let node = try await SSHConnector(time: time).connect(to: server.endpoint())
            let running = Task {
                try await node.run(Command("touch \(folder.file("ran"))", timeout: .seconds(777)))
            }
            await time.pass(Deadlines().start)
            try folder.write("go", "")
            let late = TransportError.timedOut(phase: "start", after: Deadlines().start)
            await #expect(throws: late) { try await running.value }
            #expect(access(folder.file("ran"), F_OK) != 0)
            await node.close()
        }
    }
}
