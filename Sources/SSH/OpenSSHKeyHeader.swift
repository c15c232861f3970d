/// An OpenSSH private key file: its cipher, its public half, and the private half, encrypted or not.
struct OpenSSHKeyHeader {
    private static let magic = Array("openssh-key-v1\0".utf8)

    let cipher: String
    let key: HostKey
    let privateSection: [UInt8]

    /// Nil if `blob`, the decoded file, is not such a key.
    init?(_ blob: [UInt8]) {
        guard blob.starts(with: Self.magic) else { return nil }
        var reader = SSHBlobReader(Array(blob.dropFirst(Self.magic.count)))
        guard let cipher = reader.text(), reader.string() != nil, reader.string() != nil, reader.number() == 1,
            let publicKey = reader.string(), let key = HostKey(blob: publicKey), let section = reader.string()
        else { return nil }
        self.cipher = cipher
        self.key = key
        privateSection = section
    }
}
