/// Everything needed to reach one node over SSH, with every default already filled in.
package struct Endpoint: Sendable, Hashable {
    package var node: NodeName
    /// A host name or an IP address.
    package var address: String
    package var port: UInt16
    package var user: String
    /// Absolute paths of private key files, tried in order.
    package var identities: [String]
    /// Absolute paths of user certificates for ``identities`` and keys of the agent; those beside an identity,
    /// `PATH-cert.pub`, need no mention.
    package var certificates: [String] = []
    /// Whether an agent may offer only the keys of ``identities``.
    package var identitiesOnly = false
    package var identityAgent = AgentChoice.environment
    /// How another user than root becomes root.
    package var sudo = SudoWay.all
    /// Where the user's password is; nil asks the operator, should the server want one.
    package var password: SecretSource?
    /// Where the passphrase of encrypted keys is; nil asks the operator, should one be needed.
    package var passphrase: SecretSource?
    /// Absolute path of the known_hosts file that new keys are pinned in.
    package var knownHosts: String
    /// Absolute paths of further known_hosts files that may hold this node's key.
    package var moreKnownHosts: [String] = []
    /// The name that known_hosts has the node under, where that is not its address.
    package var hostKeyAlias: String?
    /// The hosts on the way, each reached through those before it.
    package var jumps: [Endpoint] = []
    /// How long connecting and exchanging keys may take; nil for the usual.
    package var connectTimeout: Duration?
    /// Silence after which the server is asked for a sign of life; nil for the usual.
    package var aliveInterval: Duration?
    /// How many such questions may stay without an answer; nil for the usual.
    package var aliveCountMax: Int?

    package init(
        node: NodeName, address: String, port: UInt16 = 22, user: String = "root", identities: [String],
        knownHosts: String
    ) {
        self.node = node
        self.address = address
        self.port = port
        self.user = user
        self.identities = identities
        self.knownHosts = knownHosts
    }

    /// The endpoint as errors name it: `HOST`, or `HOST port N`, and the hosts on the way behind `via`.
    package var place: String {
        let host = port == 22 ? address : "\(address) port \(port)"
        let way = jumps.map { jump in
            let name = jump.node.text.contains(":") ? "[\(jump.node)]" : jump.node.text
            return jump.port == 22 ? "\(jump.user)@\(name)" : "\(jump.user)@\(name):\(jump.port)"
        }
        return way.isEmpty ? host : "\(host) via \(way.joined(separator: ","))"
    }

    /// The name under which OpenSSH looks the host up in known_hosts: `host`, or `[host]:port` off port 22.
    package var knownHostsName: String {
        let host = HostText.canonical(address)
        return hostKeyAlias ?? (port == 22 ? host : "[\(host)]:\(port)")
    }

    /// The name under which OpenSSH looks a host off port 22 up where the one with the port is new; nil elsewhere.
    package var knownHostsNameWithoutPort: String? {
        hostKeyAlias == nil && port != 22 ? HostText.canonical(address) : nil
    }
}
