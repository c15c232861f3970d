import Glibc
import Synchronization
import TestSupport
import Testing
import Transport

@testable import SSH

@Suite("key files")
struct IdentityTests {
    private let directory: TemporaryDirectory

    init() throws { directory = try TemporaryDirectory() }

    private func keygen(_ name: String, _ arguments: String...) throws -> String {
        let path = directory.file(name)
        try ChildProcess.run(["/usr/bin/ssh-keygen", "-q", "-C", "harun", "-f", path] + arguments)
        return path
    }

    private func openssl(_ name: String, _ arguments: String) throws -> String {
        let path = directory.file(name)
        try ChildProcess.run(["/bin/sh", "-c", "openssl \(arguments) >\(path) 2>/dev/null"])
        return path
    }

    private func reason(_ path: String) -> String? {
        guard case .failure(.identityUnusable(_, let reason)) = Identity.read(path) else { return nil }
        return reason
    }

    /// Whether ssh-keygen agrees that `key` is what made the signature: the only check that shares no code with us.
    private func publicLine(_ path: String) throws -> String {
        let file = directory.file("public-\(path.split(separator: "/").last ?? "")")
        try ChildProcess.run(["/bin/sh", "-c", "ssh-keygen -y -P '' -f \(path) >\(file)"])
        return String(decoding: TemporaryDirectory.content(of: file), as: UTF8.self)
    }

    @Test(
        "a plain key is read, whatever its type and format",
        arguments: ["ed25519", "ecdsa -b 256", "ecdsa -b 384", "ecdsa -b 521"])
    func plain(type: String) throws {
        let words = type.split(separator: " ").map(String.init)
        // Several, since a number with leading zeros is written shorter.
        for number in 0..<6 {
            let path = directory.file("key\(number)")
            try ChildProcess.run(["/usr/bin/ssh-keygen", "-q", "-N", "", "-f", path, "-t"] + words)
            let identity = try Identity.read(path).get()
            guard case .key(let key) = identity.material else {
                Issue.record("\(identity.material)")
                return
            }
            #expect(key.publicKey == identity.publicKey)
            #expect(key.signature(of: [1, 2, 3]) != nil)
        }
    }

    @Test(
        "a key in PEM is read and has the public half that ssh-keygen sees",
        arguments: [
            "ecparam -name prime256v1 -genkey -noout", "ecparam -name secp384r1 -genkey -noout",
            "ecparam -name secp521r1 -genkey -noout", "genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256",
        ])
    func pem(arguments: String) throws {
        let path = try openssl("key.pem", arguments)
        try ChildProcess.run(["/bin/chmod", "600", path])
        let identity = try Identity.read(path).get()
        guard case .key(let key) = identity.material else {
            Issue.record("\(identity.material)")
            return
        }
        let line = try publicLine(path)
        #expect(line.contains(Base64.encode(key.publicKey.blob)))
    }

    @Test("an ed25519 key in PKCS#8 is read, plain and encrypted")
    func pemEd25519() throws {
        let plain = try openssl("plain.pem", "genpkey -algorithm ed25519")
        let locked = try openssl("locked.pem", "pkcs8 -topk8 -passout pass:geheim -in \(plain)")
        guard case .key(let key) = try Identity.read(plain).get().material,
            case .locked(let file) = try Identity.read(locked).get().material
        else {
            Issue.record("another material")
            return
        }
        #expect(key.publicKey.type == "ssh-ed25519")
        let prompt = SecretPrompt { _ in "geheim" }
        #expect(unlocked(file, prompt)?.publicKey == key.publicKey)
    }

    @Test(
        "an encrypted key opens with its passphrase, whatever its cipher",
        arguments: ["aes256-ctr", "aes128-ctr", "aes192-ctr", "aes256-cbc", "aes128-cbc"])
    func encrypted(cipher: String) throws {
        for type in ["ed25519", "ecdsa"] {
            let path = try keygen("\(type)-\(cipher)", "-t", type, "-N", "pässwörd ' \\", "-a", "1", "-Z", cipher)
            let identity = try Identity.read(path).get()
            guard case .locked(let file) = identity.material else {
                Issue.record("\(identity.material)")
                return
            }
            #expect(file.key == nil)
            let key = unlocked(file, SecretPrompt { _ in "pässwörd ' \\" })
            #expect(key?.publicKey == identity.publicKey)
        }
    }

    @Test("the operator is asked three times at most, and by the file's name")
    func threeTries() throws {
        let path = try keygen("key", "-t", "ed25519", "-N", "secret", "-a", "1")
        guard case .locked(let file) = try Identity.read(path).get().material else { return }
        let asked = Mutex<[SecretQuestion]>([])
        let prompt = SecretPrompt { question in
            asked.withLock { $0.append(question) }
            return "wrong"
        }
        #expect(unlocked(file, prompt) == nil)
        #expect(asked.withLock { $0 } == Array(repeating: .passphrase(keyFile: path), count: 3))
        // Once more changes nothing: nobody is asked again for two thousand nodes.
        #expect(unlocked(file, prompt) == nil)
        #expect(asked.withLock { $0.count } == 3)
    }

    @Test("a hundred who need one key at once ask once")
    func onlyOnce() async throws {
        let path = try keygen("key", "-t", "ed25519", "-N", "secret", "-a", "1")
        guard case .locked(let file) = try Identity.read(path).get().material else { return }
        let asked = Mutex(0)
        let prompt = SecretPrompt { _ in
            asked.withLock { $0 += 1 }
            return "secret"
        }
        await withTaskGroup(of: Bool.self) { group in
            for _ in 0..<100 {
                group.addTask {
                    await withCheckedContinuation { continuation in
                        file.unlock(passphrase: nil, prompt: prompt) { continuation.resume(returning: $0) }
                    }.isSuccess
                }
            }
            for await isOpen in group { #expect(isOpen) }
        }
        #expect(asked.withLock { $0 } == 1)
    }

    @Test("a configured passphrase is used, and its refusal names its place and never itself")
    func configured() throws {
        let path = try keygen("key", "-t", "ed25519", "-N", "secret", "-a", "1")
        let right = try directory.write("right", "secret\n")
        let wrong = try directory.write("wrong", "letmein\n")
        guard case .locked(let first) = try Identity.read(path).get().material,
            case .locked(let second) = try Identity.read(path).get().material
        else { return }
        #expect(unlocked(first, .nobody, .file(right)) != nil)
        let answer = unlockAnswer(second, .nobody, .file(wrong))
        #expect(answer == .failure(LockedKey.Refusal(reason: "the passphrase in \(wrong) does not open it")))
    }

    @Test("an RSA, a damaged and a missing key say what to do")
    func unusable() throws {
        let rsa = try keygen("rsa", "-t", "rsa", "-N", "")
        let pem = try keygen("rsa.pem", "-t", "rsa", "-N", "", "-m", "PEM")
        for path in [rsa, pem, rsa + ".pub"] where !LibSSH2Version.canUseRSA {
            #expect(reason(path)?.contains("RSA") == true)
            #expect(reason(path)?.contains("ssh-keygen -t ed25519") == true)
        }
        let gcm = try keygen("gcm", "-t", "ed25519", "-N", "secret", "-a", "1", "-Z", "aes256-gcm@openssh.com")
        #expect(reason(gcm)?.contains("ssh-keygen -p -Z aes256-ctr") == true)
        #expect(reason(directory.file("none")) == "No such file or directory")
        #expect(reason(try directory.write("empty", "")) == "not a private key")
        #expect(
            reason(try directory.write("pem", "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n")) != nil)
    }

    @Test("RSA keys, certificates and security keys are refused before libssh2 1.11 and not after it (facts 2 and 23)")
    func gates() {
        #expect(Identity.obstacle("ssh-rsa", canUseRSA: false) != nil)
        #expect(Identity.obstacle("ssh-rsa", canUseRSA: true) == nil)
        #expect(Identity.obstacle("ssh-dss", canUseRSA: true) != nil)
        for type in ["sk-ssh-ed25519@openssh.com", "ssh-ed25519-cert-v01@openssh.com"] {
            #expect(Identity.obstacle(type, canUseCertificates: false)?.contains("libssh2 1.11") == true)
            #expect(Identity.obstacle(type, canUseCertificates: true) == nil)
        }
        #expect(Identity.obstacle("ssh-dss-cert-v01@openssh.com", canUseRSA: true, canUseCertificates: true) != nil)
    }

    @Test("a public key, alone or beside a missing private one, stands for the agent's key")
    func publicOnly() throws {
        let path = try keygen("key", "-t", "ed25519", "-N", "")
        let key = try #require(try Identity.read(path).get().publicKey)
        try ChildProcess.run(["/bin/rm", path])
        for name in [path, path + ".pub"] {
            let identity = try Identity.read(name).get()
            #expect(identity.publicKey == key)
            guard case .agentOnly = identity.material else {
                Issue.record("\(identity.material)")
                continue
            }
        }
    }

    @Test("a damaged key file is refused, never a crash", arguments: 0..<40 as Range<UInt64>)
    func fuzz(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let passphrase = seed % 2 == 0 ? "" : "secret"
        let path = try keygen("key", "-t", seed % 3 == 0 ? "ecdsa" : "ed25519", "-N", passphrase, "-a", "1")
        let good = directory.read("key")
        for _ in 0..<10 {
            var bytes = good
            for _ in 0..<Int.random(in: 1..<8, using: &random) {
                bytes[Int.random(in: 0..<bytes.count, using: &random)] = UInt8.random(in: 32..<127, using: &random)
            }
            _ = Identity.parse(Array(bytes.prefix(Int.random(in: 0...bytes.count, using: &random))), path: path)
            _ = Identity.parse(bytes, path: path)
            _ = PrivateKey(openSSH: random.bytes(Int.random(in: 0..<200, using: &random), favouring: [0, 0, 0, 11]))
        }
    }

    private func unlockAnswer(
        _ file: LockedKey, _ prompt: SecretPrompt, _ passphrase: SecretSource? = nil
    ) -> Result<PublicHalf, LockedKey.Refusal> {
        let answer = Mutex<LockedKey.Answer?>(nil)
        file.unlock(passphrase: passphrase, prompt: prompt) { result in answer.withLock { $0 = result } }
        let deadline = ContinuousClock.now + .seconds(60)
        while ContinuousClock.now < deadline {
            if let result = answer.withLock({ $0 }) { return result.map { PublicHalf(publicKey: $0.publicKey) } }
            poll(nil, 0, 2)
        }
        return .failure(LockedKey.Refusal(reason: "no answer came"))
    }

    private func unlocked(
        _ file: LockedKey, _ prompt: SecretPrompt, _ passphrase: SecretSource? = nil
    ) -> PublicHalf? { try? unlockAnswer(file, prompt, passphrase).get() }
}

private struct PublicHalf: Equatable {
    var publicKey: HostKey
}

extension Result {
    /// Whether it worked.
    fileprivate var isSuccess: Bool { if case .success = self { true } else { false } }
}
