/// A private key file in OpenSSH's own format: the public half in plain, the private one encrypted or not.
struct OpenSSHKeyFile: Sendable {
    private static let magic = Array("openssh-key-v1\0".utf8)
    /// ssh-keygen's own limit is far above any use; a hostile file may not keep a thread for minutes.
    private static let mostRounds = 2048
    /// ssh-keygen's names for ciphers: OpenSSL's name, and the bytes of key and starting value.
    private static let ciphers: [String: (name: String, key: Int, iv: Int)] = [
        "aes128-ctr": ("AES-128-CTR", 16, 16), "aes192-ctr": ("AES-192-CTR", 24, 16),
        "aes256-ctr": ("AES-256-CTR", 32, 16), "aes128-cbc": ("AES-128-CBC", 16, 16),
        "aes192-cbc": ("AES-192-CBC", 24, 16), "aes256-cbc": ("AES-256-CBC", 32, 16),
    ]

    let cipher: String
    let publicKey: HostKey
    private let keyDerivation: String
    private let parameters: [UInt8]
    private let section: [UInt8]

    /// Nil if `blob`, the decoded file, is not such a key.
    init?(_ blob: [UInt8]) {
        guard blob.starts(with: Self.magic) else { return nil }
        var reader = SSHBlobReader(Array(blob.dropFirst(Self.magic.count)))
        guard let cipher = reader.text(), let keyDerivation = reader.text(), let parameters = reader.string(),
            reader.number() == 1, let blob = reader.string(), let publicKey = HostKey(blob: blob),
            let section = reader.string()
        else { return nil }
        self.cipher = cipher
        self.keyDerivation = keyDerivation
        self.parameters = parameters
        self.publicKey = publicKey
        self.section = section
    }

    var isEncrypted: Bool { cipher != "none" }

    /// Whether harun knows how the file is encrypted.
    var canBeUnlocked: Bool { keyDerivation == "bcrypt" && Self.ciphers[cipher] != nil }

    /// The key of a file that is not encrypted.
    var plainKey: PrivateKey? { isEncrypted ? nil : checked(section) }

    /// The key; nil for a wrong passphrase.
    ///
    /// Takes about 100 ms of CPU with ssh-keygen's usual 16 rounds: for ``BlockingPool`` only.
    func key(passphrase: String) -> PrivateKey? {
        var reader = SSHBlobReader(parameters)
        guard let cipher = Self.ciphers[cipher], keyDerivation == "bcrypt", let salt = reader.string(),
            let rounds = reader.number(), rounds <= Self.mostRounds,
            let secret = BcryptPBKDF.key(
                passphrase: Array(passphrase.utf8), salt: salt, rounds: Int(rounds), count: cipher.key + cipher.iv)
        else { return nil }
        let plain = LibCrypto.decrypt(
            section, cipher: cipher.name, key: secret.prefix(cipher.key), iv: secret.suffix(cipher.iv))
        return plain.flatMap { checked($0) }
    }

    private func checked(_ plain: [UInt8]) -> PrivateKey? {
        PrivateKey(openSSH: plain).flatMap { $0.publicKey == publicKey ? $0 : nil }
    }
}
