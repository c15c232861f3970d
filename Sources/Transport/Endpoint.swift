/// Everything needed to reach one node over SSH, with every default already filled in.
package struct Endpoint: Sendable, Hashable {
    package var node: NodeName
    /// A host name or an IP address.
    package var address: String
    package var port: UInt16
    package var user: String
    /// Absolute paths of private key files, tried in order.
    package var identities: [String]
    /// Absolute path of the known_hosts file that must hold this node's key.
    package var knownHosts: String

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

    /// The name under which OpenSSH looks the host up in known_hosts: `host`, or `[host]:port` off port 22.
    package var knownHostsName: String { port == 22 ? address : "[\(address)]:\(port)" }
}
