/// What only the operator knows.
package enum SecretQuestion: Hashable, Sendable, CustomStringConvertible {
    /// The passphrase of a private key file.
    case passphrase(keyFile: String)
    /// The password of a user on a host.
    case password(user: String, address: String)
    /// The password that the nodes show to an iSCSI target.
    case chap(user: String)
    /// What the server itself asks, for example for a one-time code.
    ///
    /// - Parameters:
    ///   - prompt: the server's words, made safe for a terminal.
    ///   - isVisible: whether the answer may be seen while it is typed.
    case reply(prompt: String, isVisible: Bool, user: String, address: String)

    /// The question as it stands on the terminal.
    package var description: String {
        switch self {
        case .passphrase(let keyFile): "passphrase of the key \(keyFile): "
        case .password(let user, let address): "password of \(user) on \(address): "
        case .chap(let user): "CHAP password of \(user): "
        case .reply(let prompt, _, let user, let address): "\(user) on \(address): \(prompt) "
        }
    }

    /// Whether the answer may be seen while it is typed.
    package var isVisible: Bool {
        if case .reply(_, let isVisible, _, _) = self { isVisible } else { false }
    }
}
