/// Which ssh-agent may be asked for keys.
package enum AgentChoice: Sendable, Hashable {
    /// The one of the environment's `SSH_AUTH_SOCK`, if there is any.
    case environment
    /// None, though there may be one.
    case none
    /// The one behind a socket, by its absolute path.
    case socket(String)
}
