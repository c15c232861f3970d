import Glibc
import Transport

/// An OpenSSH user certificate: a public key, with its authority's word on whom it lets in and how long.
///
/// Format: `PROTOCOL.certkeys` of OpenSSH. What the authority and the principals are worth is the server's to judge.
struct UserCertificate: Sendable, Hashable {
    private static let suffix = "-cert-v01@openssh.com"

    /// What is offered to a server, in wire format.
    let offered: HostKey
    /// The key that it is for, and that signs.
    let key: HostKey
    /// The first and the last second, since 1970, in which it holds; the last is `UInt64.max` for one without an end.
    let period: ClosedRange<UInt64>

    /// Nil for anything else than a user certificate.
    init?(_ offered: HostKey) {
        guard let type = Self.baseType(offered.type) else { return nil }
        var reader = SSHBlobReader(offered.blob)
        var writer = SSHBlobWriter()
        // The type, and a nonce that keeps the signature from being foreseen.
        guard reader.string() != nil, reader.string() != nil else { return nil }
        writer.text(type)
        for _ in 0..<Self.partsOfKey(type) {
            guard let part = reader.string() else { return nil }
            writer.string(part)
        }
        guard reader.longNumber() != nil, reader.number() == 1, reader.string() != nil, reader.string() != nil,
            let from = reader.longNumber(), let end = reader.longNumber(), from < end,
            let key = HostKey(blob: writer.bytes)
        else { return nil }
        // Critical options, extensions, a reserve, the authority's key and its signature.
        for _ in 0..<5 where reader.string() == nil { return nil }
        guard reader.remainder().isEmpty else { return nil }
        self.offered = offered
        self.key = key
        period = from...(end == .max ? end : end - 1)
    }

    /// The type of the key in a certificate of a type: `ssh-ed25519` in `ssh-ed25519-cert-v01@openssh.com`.
    ///
    /// - Returns: nil where it is no certificate's type.
    static func baseType(_ type: String) -> String? {
        guard type.hasSuffix(suffix) else { return nil }
        let name = String(type.dropLast(suffix.count))
        return name.hasPrefix("sk-") ? name + "@openssh.com" : name
    }

    /// How many strings make up a key after its type's name.
    private static func partsOfKey(_ type: String) -> Int {
        switch type {
        case "ssh-ed25519": 1
        case "sk-ecdsa-sha2-nistp256@openssh.com": 3
        // The curve and the point; the exponent and the modulus; the point and the application.
        default: 2
        }
    }

    /// Why it is of no use at a time, in seconds since 1970; nil where it is.
    func obstacle(at now: UInt64) -> String? {
        if now < period.lowerBound { return "the certificate does not hold before \(Self.text(period.lowerBound))" }
        if now > period.upperBound {
            return "the certificate ended at \(Self.text(period.upperBound)); ask for a new one where it came from"
        }
        return nil
    }

    private static func text(_ seconds: UInt64) -> String {
        var time = time_t(clamping: seconds)
        var parts = tm()
        guard gmtime_r(&time, &parts) != nil else { return "\(seconds) s after 1970" }
        var buffer = [CChar](repeating: 0, count: 64)
        let count = strftime(&buffer, buffer.count, "%Y-%m-%dT%H:%M:%SZ", &parts)
        return String(decoding: buffer.prefix(count).map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    /// Reads a certificate file, as `ssh-keygen -s` writes it.
    ///
    /// Blocks: for ``BlockingPool`` only.
    static func read(_ path: String) -> Result<UserCertificate, TransportError> {
        do throws(FileError) {
            let bytes = try FileContent.read(path, limit: 1 << 16)
            guard let certificate = Identity.publicKey(inFile: bytes).flatMap({ UserCertificate($0) }) else {
                return .failure(.identityUnusable(path: path, reason: "not a user certificate"))
            }
            return .success(certificate)
        } catch {
            return .failure(.identityUnusable(path: path, reason: error.description))
        }
    }
}
