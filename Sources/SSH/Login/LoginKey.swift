/// A key that a login may offer.
struct LoginKey: Sendable {
    /// Who makes the signature.
    enum Signer: Sendable {
        case key(PrivateKey)
        case locked(LockedKey)
        case agent(AgentClient)
        /// libssh2 itself, from the file's content.
        case library([UInt8])
    }

    /// The file's path or the agent's comment, for messages.
    let name: String
    /// Nil only where nothing but the private half, which is still locked, knows it, and for ``Signer/library(_:)``.
    let publicKey: HostKey?
    let signer: Signer
    /// The certificate that is offered in place of the key that signs.
    var certificate: HostKey?

    /// What the server is asked about.
    var offered: HostKey? { certificate ?? publicKey }
}
