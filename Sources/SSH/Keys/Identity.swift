import Transport

/// What a file named as an identity is good for.
struct Identity: Sendable {
    /// How the private half can be had.
    enum Material: Sendable {
        case key(PrivateKey)
        /// In an encrypted file.
        case locked(LockedKey)
        /// Not in the file, or in a security key: an agent has to hold it.
        case agentOnly
        /// Only libssh2 can sign with it: RSA, from its version 1.11 on.
        case library([UInt8])
    }

    let path: String
    /// The public half; nil for an encrypted PEM file without a `.pub` beside it, and for an RSA key in PEM.
    let publicKey: HostKey?
    let material: Material
    /// What stands beside it as `PATH-cert.pub`, and is for this key.
    var certificate: UserCertificate?

    /// Reads a key file, the `.pub` beside it where that alone knows the public half, and the certificate beside it.
    ///
    /// Blocks: for ``BlockingPool`` only.
    static func read(_ path: String) -> Result<Identity, TransportError> {
        readKey(path).map { identity in
            var identity = identity
            if let found = try? UserCertificate.read(certificatePath(path)).get(), found.key == identity.publicKey {
                identity.certificate = found
            }
            return identity
        }
    }

    /// Where OpenSSH looks for a key's certificate, whether the key is named by its private or its public half.
    static func certificatePath(_ path: String) -> String {
        (path.hasSuffix(".pub") ? String(path.dropLast(4)) : path) + "-cert.pub"
    }

    private static func readKey(_ path: String) -> Result<Identity, TransportError> {
        let beside = try? FileContent.read(path + ".pub", limit: 1 << 16)
        do throws(FileError) {
            return parse(try FileContent.read(path, limit: 1 << 16), path: path, publicFile: beside)
        } catch {
            if error.isMissing, let publicKey = beside.flatMap(publicKey(inFile:)) {
                return checked(Identity(path: path, publicKey: publicKey, material: .agentOnly))
            }
            return unusable(path, error.description)
        }
    }

    /// Judges the content of a key file.
    ///
    /// - Parameter publicFile: the content of the `.pub` file beside it.
    static func parse(
        _ bytes: [UInt8], path: String, publicFile: [UInt8]? = nil
    ) -> Result<Identity, TransportError> {
        let lines = bytes.split { $0 == UInt8(ascii: "\n") || $0 == UInt8(ascii: "\r") }
        guard let begin = lines.firstIndex(where: { $0.starts(with: "-----BEGIN ".utf8) }) else {
            guard let publicKey = publicKey(inFile: bytes) else { return unusable(path, "not a private key") }
            return checked(Identity(path: path, publicKey: publicKey, material: .agentOnly))
        }
        guard lines[begin].elementsEqual("-----BEGIN OPENSSH PRIVATE KEY-----".utf8) else {
            return parsePEM(bytes, path: path, publicKey: publicFile.flatMap(publicKey(inFile:)))
        }
        let body = lines[(begin + 1)...].prefix { !$0.starts(with: "-----END".utf8) }
        guard let blob = Base64.decode(body.joined()), let file = OpenSSHKeyFile(blob) else {
            return unusable(path, "the file is damaged")
        }
        if file.publicKey.type == "ssh-rsa", !file.isEncrypted {
            return checked(Identity(path: path, publicKey: file.publicKey, material: .library(bytes)))
        }
        if let reason = obstacle(file.publicKey.type) { return unusable(path, reason) }
        if file.publicKey.type.hasPrefix("sk-") {
            return .success(Identity(path: path, publicKey: file.publicKey, material: .agentOnly))
        }
        if file.isEncrypted {
            guard file.canBeUnlocked else {
                return unusable(
                    path,
                    """
                    it is encrypted with \(file.cipher), which harun does not know; load it into an agent, or encrypt \
                    it anew: ssh-keygen -p -Z aes256-ctr -f \(path.shellQuoted)
                    """)
            }
            return .success(
                Identity(path: path, publicKey: file.publicKey, material: .locked(LockedKey(file, path: path))))
        }
        guard let key = file.plainKey else { return unusable(path, "the file is damaged") }
        return .success(Identity(path: path, publicKey: file.publicKey, material: .key(key)))
    }

    private static func parsePEM(
        _ bytes: [UInt8], path: String, publicKey: HostKey?
    ) -> Result<Identity, TransportError> {
        if let reason = publicKey.flatMap({ obstacle($0.type) }) { return unusable(path, reason) }
        switch LibCrypto.readPEM(bytes) {
        case .key(let key): return .success(Identity(path: path, publicKey: key.publicKey, material: .key(key)))
        case .needsPassphrase:
            return .success(
                Identity(path: path, publicKey: publicKey, material: .locked(LockedKey(pem: bytes, path: path))))
        case .rsa:
            if let reason = obstacle("ssh-rsa") { return unusable(path, reason) }
            return .success(Identity(path: path, publicKey: nil, material: .library(bytes)))
        case .unreadable: return unusable(path, "not a private key that OpenSSL can read")
        }
    }

    /// The key of a one-line public key file.
    static func publicKey(inFile bytes: [UInt8]) -> HostKey? {
        let words = bytes.prefix { $0 != UInt8(ascii: "\n") }.split(separator: UInt8(ascii: " "))
        guard words.count >= 2, let blob = Base64.decode(words[1].filter { $0 > 32 }), let key = HostKey(blob: blob),
            words[0].elementsEqual(key.type.utf8)
        else { return nil }
        return key
    }

    private static func checked(_ identity: Identity) -> Result<Identity, TransportError> {
        let reason = identity.publicKey.flatMap { obstacle($0.type) }
        return reason.map { unusable(identity.path, $0) } ?? .success(identity)
    }

    private static func unusable(_ path: String, _ reason: String) -> Result<Identity, TransportError> {
        .failure(.identityUnusable(path: path, reason: reason))
    }

    /// Why no key of a type can log in; nil if it can.
    static func obstacle(
        _ type: String, canUseRSA: Bool = LibSSH2Version.canUseRSA,
        canUseCertificates: Bool = LibSSH2Version.canUseCertificates
    ) -> String? {
        if let base = UserCertificate.baseType(type) {
            return canUseCertificates ? obstacle(base, canUseRSA: canUseRSA) : needsNewer("certificates")
        }
        return switch type {
        case "ssh-ed25519", "ecdsa-sha2-nistp256", "ecdsa-sha2-nistp384", "ecdsa-sha2-nistp521": nil
        case "ssh-rsa" where canUseRSA: nil
        case "ssh-rsa":
            """
            RSA keys cannot work here: libssh2 \(LibSSH2Version.text) signs with SHA-1 only, which servers refuse since \
            OpenSSH 8.8; libssh2 1.11 can, or \(makeOne)
            """
        case "sk-ssh-ed25519@openssh.com", "sk-ecdsa-sha2-nistp256@openssh.com":
            canUseCertificates ? nil : needsNewer("security keys")
        default: "keys of type \(type) are not supported; \(makeOne)"
        }
    }

    private static func needsNewer(_ what: String) -> String {
        "\(what) need libssh2 1.11, as in Debian 13, and this is \(LibSSH2Version.text); \(makeOne)"
    }

    private static let makeOne = "make an ed25519 key: ssh-keygen -t ed25519 -f ~/.ssh/id_ed25519"
}
