import TestSupport
import Testing
import Transport

@testable import SSH

@Suite("key files")
struct IdentityTests {
    private let directory: TemporaryDirectory

    init() throws { directory = try TemporaryDirectory() }

    private func reason(_ path: String) -> String? {
        guard case .failure(.identityUnusable(_, let reason)) = Identity.read(path) else { return nil }
        return reason
    }

    @Test("an ed25519 key is read and signs", arguments: ["ed25519", "ecdsa"])
    func usable(type: String) throws {
        try OpenSSHServer.makeKey(directory.file("key"), type: type)
        let identity = try Identity.read(directory.file("key")).get()
        #expect(identity.keyType == (type == "ecdsa" ? "ecdsa-sha2-nistp256" : "ssh-ed25519"))
        #expect((identity.signer != nil) == (type == "ed25519"))
    }

    @Test("an encrypted, an RSA, a public and a missing key say what to do")
    func unusable() throws {
        try OpenSSHServer.makeKey(directory.file("encrypted"), type: "ed25519", passphrase: "secret")
        try OpenSSHServer.makeKey(directory.file("rsa"), type: "rsa")
        #expect(reason(directory.file("encrypted"))?.contains("ssh-keygen -t ed25519") == true)
        #expect(reason(directory.file("rsa"))?.contains("RSA") == true)
        #expect(reason(directory.file("rsa.pub"))?.contains("private") == true)
        #expect(reason(directory.file("none")) == "No such file or directory")
        #expect(reason(try directory.write("empty", "")) == "not a private key")
    }

    @Test("a damaged key file is refused, never a crash", arguments: 0..<40 as Range<UInt64>)
    func fuzz(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        try OpenSSHServer.makeKey(directory.file("key"), type: "ed25519")
        var bytes = directory.read("key")
        for _ in 0..<Int.random(in: 1..<8, using: &random) {
            bytes[Int.random(in: 0..<bytes.count, using: &random)] = UInt8.random(in: 32..<127, using: &random)
        }
        _ = Identity.parse(Array(bytes.prefix(Int.random(in: 0...bytes.count, using: &random))), path: "key")
        _ = Identity.parse(bytes, path: "key")
    }
}
