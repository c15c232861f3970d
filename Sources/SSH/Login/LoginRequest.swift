import Transport

/// Everything that a login may use.
struct LoginRequest: Sendable {
    var user: String
    var keys: LoginKeys
    /// The password, where the inventory says where it is or the operator gave it before.
    var password: Result<String, SecretError>?
    /// Where the passphrase of encrypted keys is; nil asks the operator.
    var passphrase: SecretSource?
    var prompt: SecretPrompt
    /// Whether the session has its loop for itself, see ``KeyboardConversation``.
    var mayBlock = false

    init(user: String, keys: LoginKeys, prompt: SecretPrompt = .nobody) {
        self.user = user
        self.keys = keys
        self.prompt = prompt
    }

    /// Why it makes no sense to connect; nil as long as there is something to offer or somebody to ask.
    var obstacle: TransportError? {
        keys.keys.isEmpty && password == nil && !prompt.isAvailable ? keys.obstacles.first : nil
    }
}

/// How a login ended that did not fail.
enum LoginEnding: Sendable {
    /// In, with this key where it was a key, and with this password where the operator typed one.
    case done(key: HostKey?, typedPassword: String?)
    /// The server asks questions for the operator: connect again, on a loop that may wait for the answers.
    case needsOwnLoop
    /// The server hung up while the operator was typing: connect again, with what is known by now.
    case lostWhileAsking(typedPassword: String?)
}
