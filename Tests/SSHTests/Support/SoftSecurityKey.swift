import Crypto

@testable import SSH

/// A FIDO key in software, which answers as `ssh-sk-helper` would: somebody touched it.
///
/// Format: `PROTOCOL.u2f` of OpenSSH.
struct SoftSecurityKey: Sendable {
    private static let type = "sk-ssh-ed25519@openssh.com"
    private let secret = Curve25519.Signing.PrivateKey()
    private let application = Array("ssh:".utf8)

    /// The public half in wire format.
    var blob: [UInt8] {
        var writer = SSHBlobWriter()
        writer.text(Self.type)
        writer.string(Array(secret.publicKey.rawRepresentation))
        writer.string(application)
        return writer.bytes
    }

    /// An agent's answer to a question for a signature, in a frame.
    func answer(_ question: [UInt8]) -> [UInt8] {
        var reader = SSHBlobReader(Array(question.dropFirst()))
        guard reader.string() != nil, let data = reader.string() else { return [0, 0, 0, 1, 5] }
        // The flags say that somebody was there; behind them the counter.
        let state: [UInt8] = [1, 0, 0, 0, 7]
        let signed = Array(SHA256.hash(data: application)) + state + Array(SHA256.hash(data: data))
        guard let signature = try? secret.signature(for: signed) else { return [0, 0, 0, 1, 5] }
        var inner = SSHBlobWriter()
        inner.text(Self.type)
        inner.string(Array(signature))
        var outer = SSHBlobWriter()
        outer.string(inner.bytes + state)
        var frame = SSHBlobWriter()
        frame.string([14] + outer.bytes)
        return frame.bytes
    }
}
