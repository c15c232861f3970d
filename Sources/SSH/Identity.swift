import Glibc
import Transport

/// A private key that harun can log in with.
struct Identity: Sendable, Hashable {
    let path: String
    /// The key's type, for example `ssh-ed25519`; nil for a PEM file, whose type only libssh2 reads.
    let keyType: String?
    /// The public half's fingerprint, where the file shows it.
    let fingerprint: String?
    /// The file's content, as libssh2 wants it.
    let bytes: [UInt8]
    /// The same key ready to sign, where harun can do that itself.
    var signer: Ed25519Signer?

    private static let makeOne = "make an ed25519 key: ssh-keygen -t ed25519 -N '' -f \(Identity.example)"
    private static let example = "~/.ssh/harun"

    /// Reads a key file.
    ///
    /// Blocks: for ``BlockingPool`` only.
    static func read(_ path: String) -> Result<Identity, TransportError> {
        do throws(FileError) {
            return parse(try FileContent.read(path, limit: 1 << 16), path: path)
        } catch {
            return .failure(.identityUnusable(path: path, reason: error.description))
        }
    }

    /// Judges the content of a key file.
    ///
    /// An encrypted key would cost 100 ms of CPU for every connection (libssh2 fact 12), and libssh2 1.10
    /// signs with RSA only in a way that no current server accepts (fact 2): both are refused up front.
    static func parse(_ bytes: [UInt8], path: String) -> Result<Identity, TransportError> {
        func unusable(_ reason: String) -> Result<Identity, TransportError> {
            .failure(.identityUnusable(path: path, reason: reason))
        }
        let lines = bytes.split { $0 == UInt8(ascii: "\n") || $0 == UInt8(ascii: "\r") }
        guard let begin = lines.firstIndex(where: { $0.starts(with: "-----BEGIN ".utf8) }) else {
            let isPublic = bytes.starts(with: "ssh-".utf8) || bytes.starts(with: "ecdsa-".utf8)
            return unusable(isPublic ? "this is the public key; name the private one" : "not a private key")
        }
        let body = lines[(begin + 1)...].prefix { !$0.starts(with: "-----END".utf8) }
        switch String(decoding: lines[begin], as: UTF8.self) {
        case "-----BEGIN OPENSSH PRIVATE KEY-----": break
        case "-----BEGIN RSA PRIVATE KEY-----":
            return unusable("RSA keys are not supported, since libssh2 1.10 signs with SHA-1 only; \(makeOne)")
        case "-----BEGIN ENCRYPTED PRIVATE KEY-----":
            return unusable("the key is encrypted, and ssh-agent is not supported yet; \(makeOne)")
        default:
            if body.contains(where: { $0.starts(with: "Proc-Type:".utf8) }) {
                return unusable("the key is encrypted, and ssh-agent is not supported yet; \(makeOne)")
            }
            return .success(Identity(path: path, keyType: nil, fingerprint: nil, bytes: bytes))
        }
        guard let blob = Base64.decode(body.joined()), let header = OpenSSHKeyHeader(blob) else {
            return unusable("the file is damaged")
        }
        if header.cipher != "none" {
            return unusable("the key is encrypted, and ssh-agent is not supported yet; \(makeOne)")
        }
        switch header.key.type {
        case "ssh-ed25519", "ecdsa-sha2-nistp256", "ecdsa-sha2-nistp384", "ecdsa-sha2-nistp521": break
        case "ssh-rsa":
            return unusable("RSA keys are not supported, since libssh2 1.10 signs with SHA-1 only; \(makeOne)")
        default: return unusable("keys of type \(header.key.type) are not supported; \(makeOne)")
        }
        var identity = Identity(
            path: path, keyType: header.key.type, fingerprint: header.key.fingerprint, bytes: bytes)
        identity.signer = Ed25519Signer(header)
        return .success(identity)
    }
}
