import Crypto

/// A public key as a host shows it or as known_hosts records it.
package struct HostKey: Sendable, Hashable {
    /// The algorithm's name inside the key, for example `ssh-ed25519`.
    package let type: String
    /// The key in SSH's wire format: what is compared, byte for byte.
    package let blob: [UInt8]

    /// The types that libssh2 can check: those that it signs with SHA-1 only are none.
    static let checkable = [
        "ssh-ed25519", "ecdsa-sha2-nistp256", "ecdsa-sha2-nistp384", "ecdsa-sha2-nistp521",
    ]

    /// Nil if `blob` does not begin with an algorithm's name.
    package init?(blob: [UInt8]) {
        var reader = SSHBlobReader(blob)
        guard let type = reader.text(), !type.isEmpty, type.utf8.allSatisfy({ $0 > 32 && $0 < 127 }) else { return nil }
        self.type = type
        self.blob = blob
    }

    /// The fingerprint exactly as OpenSSH prints it, for people to compare.
    package var fingerprint: String {
        "SHA256:" + Base64.encode(Array(SHA256.hash(data: blob)), padded: false)
    }

    /// The line that makes known_hosts know this key for `host`.
    ///
    /// - Parameter host: `Endpoint.knownHostsName`.
    package func knownHostsLine(host: String) -> String { "\(host) \(type) \(Base64.encode(blob))" }

    /// The same with the name hashed, for a file that keeps its names so.
    package func hashedKnownHostsLine(host: String) -> String {
        let salt = (0..<20).map { _ in UInt8.random(in: 0...255) }
        let name = Array(HostPattern.folded(host).utf8)
        let digest = HMAC<Insecure.SHA1>.authenticationCode(for: name, using: SymmetricKey(data: salt))
        return knownHostsLine(host: "|1|\(Base64.encode(salt))|\(Base64.encode(Array(digest)))")
    }
}
