import Testing

@testable import SSH

@Suite("the key derivation of encrypted keys")
struct BcryptTests {
    @Test(
        "OpenBSD's test vectors",
        arguments: [
            (
                4, "password", "salt",
                "5bbf0cc293587f1c3635555c27796598d47e579071bf427e9d8fbe842aba34d9"
            ),
            (4, "password", "\0", "c12b566235eee04c212598970a579a67"),
            (4, "\0", "salt", "6051be18c2f4f82cbf0efee5471b4bb9"),
            (
                3, "passwordy\0PASSWORD\0", "salty\0SALT\0",
                "7f310bd3e78c3280c59ce4595211a2928e8d4ec744c1ed2efc9f764e3388e0ad"
            ),
            (4, "pass\0wor", "sa\0l", "c2bffd9db38f6569efef4372f4de83c0"),
            (4, "pass\0word", "sa\0lt", "4ba4ac3925c0e8d7f0cdb6bb1684a56f"),
        ])
    func vectors(rounds: Int, passphrase: String, salt: String, expected: String) {
        let key = BcryptPBKDF.key(
            passphrase: Array(passphrase.utf8), salt: Array(salt.utf8), rounds: rounds, count: expected.utf8.count / 2)
        let text = key?.map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()
        #expect(text == expected)
    }

    @Test("what OpenSSH refuses is refused")
    func refused() {
        #expect(BcryptPBKDF.key(passphrase: [], salt: [1], rounds: 1, count: 32) == nil)
        #expect(BcryptPBKDF.key(passphrase: [1], salt: [], rounds: 1, count: 32) == nil)
        #expect(BcryptPBKDF.key(passphrase: [1], salt: [1], rounds: 0, count: 32) == nil)
        #expect(BcryptPBKDF.key(passphrase: [1], salt: [1], rounds: 1, count: 0) == nil)
        #expect(BcryptPBKDF.key(passphrase: [1], salt: [1], rounds: 1, count: 1025) == nil)
    }
}
