/// One option of an ssh_config with its value, as far as harun has a use for it.
enum Setting: Sendable, Hashable {
    case hostName(String)
    case port(UInt16)
    case user(String)
    case identityFile(String)
    case certificateFile(String)
    case identitiesOnly(Bool)
    case identityAgent(String)
    case userKnownHosts([String])
    case globalKnownHosts([String])
    case hostKeyAlias(String)
    /// Asks for a second pass over all files; the names themselves stay as they are.
    case canonicalizeHostName(Bool)
    /// Empty for `none`.
    case jumps([JumpHost])
    /// Keeps a later `ProxyJump` from holding, as in OpenSSH.
    case proxyCommand(isNone: Bool)
    /// In seconds.
    case connectTimeout(Int)
    /// In seconds.
    case aliveInterval(Int)
    case aliveCountMax(Int)
    /// One that matters and that harun does not honour.
    case unsupported(keyword: String, consequence: String)
}
