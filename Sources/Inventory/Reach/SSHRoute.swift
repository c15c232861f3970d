package import Transport

/// The part of a node's ``SSHSettings`` that only ssh_config can give.
package struct SSHRoute: Hashable, Sendable {
    /// Where to connect to, if that is another name than the node's address.
    package var hostName: String?
    /// Certificate files.
    package var certificates: [String] = []
    package var identitiesOnly = false
    package var identityAgent = AgentChoice.environment
    /// Further known_hosts files.
    package var moreKnownHosts = ["/etc/ssh/ssh_known_hosts", "/etc/ssh/ssh_known_hosts2"]
    package var hostKeyAlias: String?
    package var jumps: [Endpoint] = []
    package var connectTimeout: Duration?
    package var aliveInterval: Duration?
    package var aliveCountMax: Int?

    package init() {}
}
