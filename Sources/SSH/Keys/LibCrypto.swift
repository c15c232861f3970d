import CLibCrypto

/// What harun asks of OpenSSL's libcrypto, which is in the process anyway: libssh2 is built on it.
enum LibCrypto {
    /// What a PEM file turned out to hold.
    enum PEM: Sendable {
        case key(PrivateKey)
        case rsa
        case needsPassphrase
        /// Damaged, of another type, or the passphrase is wrong.
        case unreadable
    }

    /// Whether OpenSSL stays usable until the process is gone; asked before its first use.
    ///
    /// `exit()` would take it down while the loops' threads may still close sessions with it.
    static let isKept = harun_keep_crypto() == 1

    private static let ed25519Prefix: [UInt8] = [
        0x30, 0x2E, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2B, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20,
    ]

    /// Reads a private key in PEM: PKCS#8 or SEC1, encrypted in whatever way OpenSSL knows.
    ///
    /// May take some milliseconds: for ``BlockingPool`` only.
    static func readPEM(_ pem: [UInt8], passphrase: String? = nil) -> PEM {
        precondition(isKept, "OpenSSL does not start")
        var der = [UInt8](repeating: 0, count: 8192)
        defer { for index in der.indices { der[index] = 0 } }
        var kind: CInt = 0
        let length =
            if let passphrase {
                harun_pem_to_der(pem, CInt(pem.count), passphrase, &der, CInt(der.count), &kind)
            } else {
                harun_pem_to_der(pem, CInt(pem.count), nil, &der, CInt(der.count), &kind)
            }
        if Int(length) == Int(HARUN_PEM_NEEDS_PASSPHRASE) { return .needsPassphrase }
        if kind == EVP_PKEY_RSA { return .rsa }
        guard length > 0 else { return .unreadable }
        let content = Array(der.prefix(Int(length)))
        let key =
            kind == EVP_PKEY_ED25519
            ? seed(content).flatMap { PrivateKey(ed25519Seed: $0) } : PrivateKey(ecdsaDER: content)
        return key.map { .key($0) } ?? .unreadable
    }

    /// Decrypts whole blocks; nil where lengths and cipher do not go together.
    static func decrypt(
        _ bytes: [UInt8], cipher: String, key: some Collection<UInt8>, iv: some Collection<UInt8>
    ) -> [UInt8]? {
        precondition(isKept, "OpenSSL does not start")
        var plain = [UInt8](repeating: 0, count: bytes.count + 16)
        let code = harun_decrypt(
            cipher, Array(key), CInt(key.count), Array(iv), CInt(iv.count), bytes, CInt(bytes.count), &plain)
        return code == 1 ? Array(plain.prefix(bytes.count)) : nil
    }

    private static func seed(_ der: [UInt8]) -> [UInt8]? {
        guard der.starts(with: ed25519Prefix), der.count >= ed25519Prefix.count + 32 else { return nil }
        return Array(der[ed25519Prefix.count..<ed25519Prefix.count + 32])
    }
}
