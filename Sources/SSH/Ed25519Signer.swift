import CLibSSH2
import Crypto
import Glibc

/// An ed25519 key that signs by itself, parsed once for all connections.
///
/// libssh2 would parse the file anew for every connection, by way of OpenSSL's decoders, which costs more
/// than the key exchange.
final class Ed25519Signer: Sendable, Hashable {
    /// The public half in SSH's wire format.
    let publicBlob: [UInt8]
    private let key: Curve25519.Signing.PrivateKey

    /// Nil for another type of key, an encrypted one, or a damaged file.
    init?(_ file: OpenSSHKeyHeader) {
        guard file.cipher == "none", file.key.type == "ssh-ed25519" else { return nil }
        var reader = SSHBlobReader(file.privateSection)
        guard let check = reader.number(), check == reader.number(), reader.text() == "ssh-ed25519",
            let publicKey = reader.string(), let secret = reader.string(), secret.count == 64,
            let key = try? Curve25519.Signing.PrivateKey(rawRepresentation: secret.prefix(32)),
            Array(key.publicKey.rawRepresentation) == publicKey
        else { return nil }
        self.key = key
        publicBlob = file.key.blob
    }

    static func == (a: Ed25519Signer, b: Ed25519Signer) -> Bool { a.publicBlob == b.publicBlob }
    func hash(into hasher: inout Hasher) { hasher.combine(publicBlob) }

    /// The signature of `message`, in memory that libssh2 will free.
    private func sign(_ message: UnsafeRawBufferPointer) -> UnsafeMutableRawBufferPointer? {
        guard let signature = try? key.signature(for: message),
            let memory = malloc(signature.count)
        else { return nil }
        let buffer = UnsafeMutableRawBufferPointer(start: memory, count: signature.count)
        buffer.copyBytes(from: signature)
        return buffer
    }

    /// libssh2's way to ask for a signature; its last argument points to an unretained signer.
    static let callback: harun_sign_fn = { _, signature, length, message, count, abstract in
        guard let signature, let length, let message, let signer = abstract?.pointee else { return -1 }
        let bytes = UnsafeRawBufferPointer(start: message, count: count)
        guard let signed = Unmanaged<Ed25519Signer>.fromOpaque(signer).takeUnretainedValue().sign(bytes) else {
            return -1
        }
        signature.pointee = signed.bindMemory(to: UInt8.self).baseAddress
        length.pointee = signed.count
        return 0
    }
}
