import Testing
import Transport

@Suite("What a connection's errors say")
struct TransportErrorTests {
    private static let errors: [TransportError] = [
        .unreachable(address: "192.0.2.1", reason: "connection refused"),
        .hostKeyUnknown(host: "[nodo1]:2222", keyType: "ssh-ed25519", fingerprint: "SHA256:new", knownHosts: "/kh"),
        .hostKeyChanged(
            host: "[nodo1]:2222", keyType: "ssh-ed25519", fingerprint: "SHA256:new", expected: ["SHA256:old"],
            knownHosts: "/home/my keys/kh", line: 7),
        .hostKeyRevoked(host: "nodo1", fingerprint: "SHA256:bad", knownHosts: "/kh", line: 3),
        .authenticationFailed(user: "admin", address: "nodo1", tried: ["/keys/id_rsa"], reason: "denied"),
        .authenticationFailed(user: "admin", address: "nodo1", tried: [], reason: "denied"),
        .identityUnusable(path: "/keys/id", reason: "it is encrypted"),
        .timedOut(phase: "command", after: .seconds(60)),
        .connectionLost(during: "command", reason: "reset by peer"),
        .incompatible(reason: "no common cipher"),
        .sudoRefused(user: "admin", reason: "a password is required"),
        .cancelled,
        .outputTooLong(limitBytes: 1 << 26),
        .mayStillRun(.outputTooLong(limitBytes: 1 << 26)),
        .mayStillRun(.timedOut(phase: "command", after: .seconds(60))),
        .notBegun(user: "root", address: "nodo1", said: "", status: 0),
        .notBegun(user: "root", address: "nodo1", said: "only this", status: 142),
        .wrapperRefused(user: "admin", reason: "sudo: a password is required"),
        .wrapperRefused(user: "admin", reason: "sudo: /usr/local/sbin/harun-root: command not found"),
        .notRecorded(reason: "harun-root: cannot write to /var/log/harun/2026-11-30/log"),
    ]

    @Test("only what failed before a command's request says that it did not begin")
    func mayHaveBegun() {
        for phase in ["resolve", "connect", "handshake", "login", "open", "start"] {
            #expect(!TransportError.timedOut(phase: phase, after: .seconds(1)).mayHaveBegun)
            #expect(!TransportError.connectionLost(during: phase, reason: "reset").mayHaveBegun)
        }
        #expect(TransportError.timedOut(phase: "command", after: .seconds(1)).mayHaveBegun)
        #expect(TransportError.connectionLost(during: "command", reason: "reset").mayHaveBegun)
        #expect(TransportError.outputTooLong(limitBytes: 1).mayHaveBegun)
        #expect(TransportError.mayStillRun(.cancelled).mayHaveBegun)
        #expect(!TransportError.notBegun(user: "admin", address: "nodo1", said: "", status: 0).mayHaveBegun)
        #expect(!TransportError.sudoRefused(user: "admin", reason: "no").mayHaveBegun)
        #expect(!TransportError.wrapperRefused(user: "admin", reason: "no").mayHaveBegun)
        #expect(!TransportError.notRecorded(reason: "no").mayHaveBegun)
    }

    @Test("every error says in its own words what happened, with the names that matter")
    func descriptions() {
        let texts = Self.errors.map(\.description)
        #expect(Set(texts).count == texts.count)
        #expect(texts[0] == "cannot connect to 192.0.2.1: connection refused")
        #expect(texts[2].contains("SHA256:old (/home/my keys/kh line 7)"))
        #expect(texts[4].hasSuffix("offered /keys/id_rsa"))
        #expect(texts[5].hasSuffix("no key was offered"))
        #expect(texts[7] == "no end of the command after 60 s")
    }

    @Test("every error's advice is one line with something to type, and the inventory as it was written")
    func advice() {
        for error in Self.errors {
            let advice = error.advice(inventory: "my lab.toml")
            #expect(!advice.isEmpty && !advice.contains("\n"), "\(advice)")
        }
        let commands = Self.errors.map { $0.advice(inventory: "lab.toml") }
        #expect(commands[0].hasSuffix("ssh 192.0.2.1 true"))
        #expect(commands[1].hasSuffix("harun trust lab.toml"))
        #expect(commands[3].contains("/kh:3"))
        #expect(commands[4] == "ssh-copy-id -i /keys/id_rsa.pub admin@nodo1")
        #expect(commands[5] == "ssh-copy-id -i ~/.ssh/id_ed25519.pub admin@nodo1")
        #expect(commands[8] == "harun check --online lab.toml")
        #expect(commands[11] == "harun deploy lab.toml")
        #expect(
            commands[17] == "on the node, as root: echo 'admin ALL=(root) NOPASSWD: /usr/local/sbin/harun-root' "
                + ">>/etc/sudoers.d/harun-root")
        #expect(commands[18].hasPrefix("harun run sudo-wrapper lab.toml "))
    }

    @Test("off port 22 the advice is still a command that can be typed")
    func otherPort() {
        let place = "nodo1 port 2222"
        let errors: [TransportError] = [
            .unreachable(address: place, reason: "connection refused"),
            .authenticationFailed(user: "admin", address: place, tried: [], reason: "denied"),
            .secretNeeded(user: "admin", address: place, tried: [], reason: "none was given"),
        ]
        let advice = errors.map { $0.advice(inventory: "lab.toml") }
        #expect(advice[0].hasSuffix("ssh -p 2222 nodo1 true"))
        #expect(advice[1] == "ssh-copy-id -i ~/.ssh/id_ed25519.pub -p 2222 admin@nodo1")
        #expect(advice[2].hasPrefix("install a key: ssh-copy-id -p 2222 admin@nodo1; or give"))
    }

    @Test(
        "what the advice says can be typed, whatever was tried",
        arguments: [
            (["me@pc (agent, SHA256:x)"], "denied", "ssh-copy-id -p 2222 -o 'ProxyJump=ops@gate:2022' jdoe@corp@nodo1"),
            (["/k/id.pub"], "denied", "ssh-copy-id -i /k/id.pub -p 2222"),
            (["a password"], "denied", "ssh-copy-id -p 2222"),
            (
                ["/k/my id"], "\n/k/my id: the passphrase in the variable X does not open it",
                "ssh-keygen -y -f '/k/my id'"
            ),
            (["/k/id"], "there is no terminal to ask for its passphrase", "ssh-add /k/id"),
            (["me (agent, SHA256:x)"], "me: the agent refuses (is it locked?)", "ssh-add -l"),
        ])
    func typed(tried: [String], reason: String, expected: String) {
        let place = "nodo1 port 2222 via ops@gate:2022"
        let error = TransportError.authenticationFailed(
            user: "jdoe@corp", address: place, tried: tried, reason: reason)
        #expect(error.advice(inventory: "x.toml").contains(expected), "\(error.advice(inventory: "x.toml"))")
    }

    @Test("a key that cannot be used is told with the command that helps it")
    func keys() {
        func advice(_ path: String, _ reason: String) -> String {
            TransportError.identityUnusable(path: path, reason: reason).advice(inventory: "x.toml")
        }
        #expect(
            advice("/k/my id", "it is encrypted with aes256-gcm; encrypt it anew: ssh-keygen -p …")
                == "ssh-keygen -p -Z aes256-ctr -f '/k/my id'")
        #expect(
            advice("/k/id.pub", "only its public half is there, and no agent holds the private one") == "ssh-add /k/id")
        #expect(advice("ssh-agent", "the agent cannot be reached: No such file").hasSuffix("ssh-add -l"))
        let refused = TransportError.sessionRefused(address: "nodo1", reason: "it opens no session")
        #expect(refused.advice(inventory: "x.toml").contains("sshd -T | grep"))
    }

    @Test("paths in a command to type are quoted where the shell would take them apart")
    func quotedAdvice() {
        let changed = Self.errors[2].advice(inventory: "my lab.toml")
        #expect(changed.contains("ssh-keygen -f '/home/my keys/kh' -R '[nodo1]:2222'"), "\(changed)")
        #expect(changed.hasSuffix("harun trust 'my lab.toml'"), "\(changed)")
    }

    @Test("only what may heal by itself is tried again")
    func retryable() {
        #expect(Self.errors.filter(\.isRetryable) == [Self.errors[0]])
        #expect(TransportError.timedOut(phase: "connect", after: .seconds(1)).isRetryable)
        #expect(!TransportError.timedOut(phase: "command", after: .seconds(1)).isRetryable)
    }
}
