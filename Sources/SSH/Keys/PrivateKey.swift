import Crypto

/// A private key in memory, parsed once for all connections, that signs by itself.
///
/// libssh2 would parse the file anew for every connection, by way of OpenSSL's decoders, which costs more
/// than the key exchange, or 100 ms where the file is encrypted (libssh2 fact 12).
struct PrivateKey: Sendable {
    private enum Material: Sendable {
        case ed25519(Curve25519.Signing.PrivateKey)
        case p256(P256.Signing.PrivateKey)
        case p384(P384.Signing.PrivateKey)
        case p521(P521.Signing.PrivateKey)
    }

    /// The public half.
    let publicKey: HostKey
    private let material: Material

    /// Nil where the halves do not belong together.
    private init?(_ material: Material) {
        var writer = SSHBlobWriter()
        func curve(_ name: String, _ point: some Collection<UInt8>) {
            writer.text("ecdsa-sha2-\(name)")
            writer.text(name)
            writer.string(point)
        }
        switch material {
        case .ed25519(let key):
            writer.text("ssh-ed25519")
            writer.string(key.publicKey.rawRepresentation)
        case .p256(let key): curve("nistp256", key.publicKey.x963Representation)
        case .p384(let key): curve("nistp384", key.publicKey.x963Representation)
        case .p521(let key): curve("nistp521", key.publicKey.x963Representation)
        }
        guard let publicKey = HostKey(blob: writer.bytes) else { return nil }
        self.publicKey = publicKey
        self.material = material
    }

    /// The private section of an OpenSSH key file, decrypted.
    ///
    /// - Returns: nil for a damaged file, a wrong passphrase, another type of key, or a private half that does
    ///   not make the public one.
    init?(openSSH section: [UInt8]) {
        var reader = SSHBlobReader(section)
        // The same random number twice: what shows that the passphrase was right.
        guard let check = reader.number(), check == reader.number(), let type = reader.text() else { return nil }
        guard type != "ssh-ed25519" else {
            guard let publicKey = reader.string(), let secret = reader.string(), secret.count == 64,
                let key = try? Curve25519.Signing.PrivateKey(rawRepresentation: secret.prefix(32)),
                Array(key.publicKey.rawRepresentation) == publicKey
            else { return nil }
            self.init(.ed25519(key))
            return
        }
        guard let name = reader.text(), type == "ecdsa-sha2-\(name)", let point = reader.string(),
            let number = reader.string()
        else { return nil }
        let digits = Array(number.drop { $0 == 0 })
        func scalar(_ count: Int) -> [UInt8] {
            [UInt8](repeating: 0, count: max(0, count - digits.count)) + digits
        }
        let material: Material? =
            switch name {
            case "nistp256": (try? P256.Signing.PrivateKey(rawRepresentation: scalar(32))).map { .p256($0) }
            case "nistp384": (try? P384.Signing.PrivateKey(rawRepresentation: scalar(48))).map { .p384($0) }
            case "nistp521": (try? P521.Signing.PrivateKey(rawRepresentation: scalar(66))).map { .p521($0) }
            default: nil
            }
        guard let material else { return nil }
        self.init(material)
        var expected = SSHBlobReader(publicKey.blob)
        guard expected.text() == type, expected.text() == name, expected.string() == point else { return nil }
    }

    /// An ed25519 key from its seed of 32 bytes.
    init?(ed25519Seed seed: [UInt8]) {
        guard let key = try? Curve25519.Signing.PrivateKey(rawRepresentation: seed) else { return nil }
        self.init(.ed25519(key))
    }

    /// An ecdsa key in DER, SEC1 or PKCS#8; nil for a curve that SSH does not know.
    init?(ecdsaDER der: [UInt8]) {
        if let key = try? P256.Signing.PrivateKey(derRepresentation: der) {
            self.init(.p256(key))
        } else if let key = try? P384.Signing.PrivateKey(derRepresentation: der) {
            self.init(.p384(key))
        } else if let key = try? P521.Signing.PrivateKey(derRepresentation: der) {
            self.init(.p521(key))
        } else {
            return nil
        }
    }

    /// The signature of `message` as SSH wants it, without the algorithm's name; nil if signing fails.
    func signature(of message: [UInt8]) -> [UInt8]? {
        let halves: [UInt8]?
        switch material {
        case .ed25519(let key): return (try? key.signature(for: message)).map { Array($0) }
        case .p256(let key): halves = (try? key.signature(for: message)).map { Array($0.rawRepresentation) }
        case .p384(let key): halves = (try? key.signature(for: message)).map { Array($0.rawRepresentation) }
        case .p521(let key): halves = (try? key.signature(for: message)).map { Array($0.rawRepresentation) }
        }
        return halves.map { halves in
            var writer = SSHBlobWriter()
            writer.integer(halves.prefix(halves.count / 2))
            writer.integer(halves.suffix(halves.count / 2))
            return writer.bytes
        }
    }
}
