import Crypto

/// The key derivation of encrypted OpenSSH key files, `bcrypt_pbkdf`.
///
/// No library at hand has it: libssh2 keeps its own to itself, OpenSSL and swift-crypto have none. The test
/// vectors are OpenBSD's. See `docs/decisions/0014-keys-in-process.md`.
enum BcryptPBKDF {
    private static let words = 8
    private static let magic = words32(Array("OxychromaticBlowfishSwatDynamite".utf8))

    /// Derives a key, at some milliseconds of CPU for each round.
    ///
    /// - Returns: nil for what OpenSSH refuses as well: an empty passphrase or salt, no rounds, a key of no or of
    ///   more than 1024 bytes.
    static func key(passphrase: [UInt8], salt: [UInt8], rounds: Int, count: Int) -> [UInt8]? {
        guard rounds > 0, !passphrase.isEmpty, !salt.isEmpty, (1...1024).contains(count) else { return nil }
        let secret = words32(Array(SHA512.hash(data: passphrase)))
        let stride = (count + 31) / 32
        var key = [UInt8](repeating: 0, count: count)
        for block in 0..<stride {
            let number = UInt32(block + 1)
            let counter = (0..<4).map { UInt8(truncatingIfNeeded: number >> (24 - 8 * $0)) }
            var hash = hash(secret, Array(SHA512.hash(data: salt + counter)))
            var sum = hash
            for _ in 1..<rounds {
                hash = Self.hash(secret, Array(SHA512.hash(data: hash)))
                for index in sum.indices { sum[index] ^= hash[index] }
            }
            // Unlike PBKDF2, the blocks are interleaved.
            for (index, byte) in sum.enumerated() where index * stride + block < count {
                key[index * stride + block] = byte
            }
        }
        return key
    }

    private static func hash(_ secret: [UInt32], _ salt: [UInt8]) -> [UInt8] {
        let salt = words32(salt)
        var cipher = Blowfish()
        cipher.expand(key: secret, salt: salt)
        for _ in 0..<64 {
            cipher.expand(key: salt)
            cipher.expand(key: secret)
        }
        var text = magic
        for _ in 0..<64 {
            for index in stride(from: 0, to: words, by: 2) {
                (text[index], text[index + 1]) = cipher.enciphered(text[index], text[index + 1])
            }
        }
        return text.flatMap { word in (0..<4).map { UInt8(truncatingIfNeeded: word >> (8 * $0)) } }
    }

    private static func words32(_ bytes: [UInt8]) -> [UInt32] {
        stride(from: 0, to: bytes.count, by: 4).map { start in
            bytes[start..<start + 4].reduce(0) { $0 << 8 | UInt32($1) }
        }
    }
}
