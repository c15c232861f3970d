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
    ]

    @Test("only what failed before a command's request says that it did not begin")
    func mayHaveBegun() {
        for phase in ["resolve", "connect", "handshake", "login", "open"] {
            #expect(!TransportError.timedOut(phase: phase, after: .seconds(1)).mayHaveBegun)
            #expect(!TransportError.connectionLost(during: phase, reason: "reset").mayHaveBegun)
        }
        #expect(TransportError.timedOut(phase: "command", after: .seconds(1)).mayHaveBegun)
        #expect(TransportError.connectionLost(during: "command", reason: "reset").mayHaveBegun)
        #expect(TransportError.outputTooLong(limitBytes: 1).mayHaveBegun)
        #expect(TransportError.mayStillRun(.cancelled).mayHaveBegun)
        #expect(!TransportError.sudoRefused(user: "admin", reason: "no").mayHaveBegun)
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
