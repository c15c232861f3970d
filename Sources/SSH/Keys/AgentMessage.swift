/// A key that an agent holds.
struct AgentIdentity: Sendable, Hashable {
    let publicKey: HostKey
    let comment: String
}

/// The messages of the ssh-agent protocol (draft-ietf-sshm-ssh-agent), as far as a login needs them.
///
/// Pure: bytes in, values out; whatever an agent answers, the worst is an error.
enum AgentMessage {
    private enum Number {
        static let failure: UInt8 = 5
        static let requestIdentities: UInt8 = 11
        static let identitiesAnswer: UInt8 = 12
        static let signRequest: UInt8 = 13
        static let signResponse: UInt8 = 14
    }

    /// Asks which keys the agent holds.
    static let requestIdentities = framed([Number.requestIdentities])

    /// Asks for a signature.
    ///
    /// - Parameters:
    ///   - key: the public half in wire format.
    ///   - flags: which hash an RSA key signs with; 0 for other keys.
    static func signRequest(key: [UInt8], data: [UInt8], flags: UInt32) -> [UInt8] {
        var writer = SSHBlobWriter()
        writer.string(key)
        writer.string(data)
        writer.number(flags)
        return framed([Number.signRequest] + writer.bytes)
    }

    /// The keys in an agent's answer; one that cannot be a key is left out.
    static func identities(in message: [UInt8]) throws(AgentError) -> [AgentIdentity] {
        var reader = SSHBlobReader(try body(of: message, Number.identitiesAnswer))
        guard let count = reader.number() else { throw .garbage }
        var identities: [AgentIdentity] = []
        // Never reserved by `count`, which is the agent's word alone.
        for _ in 0..<count {
            guard let blob = reader.string(), let comment = reader.text() else { throw .garbage }
            guard let key = HostKey(blob: blob) else { continue }
            identities.append(AgentIdentity(publicKey: key, comment: comment.safeForTerminal))
        }
        return identities
    }

    /// The signature in an agent's answer, without the algorithm's name, which libssh2 writes itself.
    ///
    /// A security key's is more than the signature: flags and a counter follow, and libssh2 sends all of it as it is.
    static func signature(in message: [UInt8]) throws(AgentError) -> [UInt8] {
        var reader = SSHBlobReader(try body(of: message, Number.signResponse))
        guard let signature = reader.string() else { throw .garbage }
        var inner = SSHBlobReader(signature)
        guard let algorithm = inner.text() else { throw .garbage }
        let bytes = algorithm.hasPrefix("sk-") ? inner.remainder() : inner.string() ?? []
        guard !bytes.isEmpty else { throw .garbage }
        return bytes
    }

    /// The flags for a signature over `data`, which names the algorithm that libssh2 chose.
    static func flags(for data: [UInt8]) -> UInt32 {
        var reader = SSHBlobReader(data)
        // Session, then: message number, user, service, method, "signed", algorithm.
        guard reader.string() != nil, reader.byte() == 50, reader.string() != nil, reader.string() != nil,
            reader.string() != nil, reader.byte() == 1
        else { return 0 }
        return switch reader.text() {
        case "rsa-sha2-256", "rsa-sha2-256-cert-v01@openssh.com": 2
        case "rsa-sha2-512", "rsa-sha2-512-cert-v01@openssh.com": 4
        default: 0
        }
    }

    private static func body(of message: [UInt8], _ number: UInt8) throws(AgentError) -> [UInt8] {
        guard let first = message.first else { throw .garbage }
        if first == Number.failure { throw .refused }
        guard first == number else { throw .garbage }
        return Array(message.dropFirst())
    }

    private static func framed(_ message: [UInt8]) -> [UInt8] {
        var writer = SSHBlobWriter()
        writer.string(message)
        return writer.bytes
    }
}
