import Documents
import SSHConfig
import Settings
package import Transport

/// One host of the fleet.
package struct Node: Hashable, Sendable {
    /// The name in the cluster.
    package var name: NodeName
    /// Where SSH finds it: a host name or an IP address.
    package var address: String
    /// The addresses for corosync as the inventory gives them; see ``clusterLinks``.
    package var links: [String]
    package var groups: [String]
    /// The fleet's settings with the node's own over them.
    package var ssh: SSHSettings

    package init(name: NodeName, address: String, links: [String] = [], groups: [String] = [], ssh: SSHSettings) {
        self.name = name
        self.address = address
        self.links = links
        self.groups = groups
        self.ssh = ssh
    }

    /// The addresses for corosync: without links of its own, the one that SSH uses.
    package var clusterLinks: [String] { links.isEmpty ? [address] : links }

    /// How to reach the node over SSH.
    package func endpoint() -> Endpoint {
        let route = ssh.route
        var endpoint = Endpoint(
            node: name, address: route.hostName ?? address, port: ssh.port, user: ssh.user,
            identities: ssh.identities, knownHosts: ssh.knownHosts)
        endpoint.certificates = route.certificates
        endpoint.identitiesOnly = route.identitiesOnly
        endpoint.identityAgent = route.identityAgent
        endpoint.moreKnownHosts = route.moreKnownHosts
        endpoint.hostKeyAlias = route.hostKeyAlias
        for var jump in route.jumps {
            // The same key may open both, and it is asked for once; so too on the way to the jump host itself.
            jump.passphrase = ssh.passphrase
            jump.jumps = endpoint.jumps
            endpoint.jumps.append(jump)
        }
        endpoint.connectTimeout = route.connectTimeout
        endpoint.aliveInterval = route.aliveInterval
        endpoint.aliveCountMax = route.aliveCountMax
        endpoint.sudo = ssh.sudo?.value ?? .all
        endpoint.password = ssh.password
        endpoint.passphrase = ssh.passphrase
        return endpoint
    }
}

extension Node {
    /// Corosync carries no more links than these.
    private static let mostLinks = 8

    init?(_ reader: TableReader, ssh fleetSSH: SSHSettings, in surroundings: Surroundings) {
        let name = reader.checked("name", required: true, HostName.node)
        let address = reader.checked("address", required: true, HostName.alias)
        let links = reader.checkedArray("links") { text throws(InvalidValue) in "\(try HostName.link(text))" }
        let groups = reader.checkedArray("groups", HostName.group)
        let ssh = fleetSSH.overridden(by: reader, in: surroundings)
        if let value = reader.value("links"), let array = value.array {
            if array.isEmpty {
                reader.fail("`links` must not be empty; leave it out to use `address`", at: value.location)
            }
            if array.count > Self.mostLinks {
                reader.fail("corosync has at most \(Self.mostLinks) links, not \(array.count)", at: value.location)
            }
        }
        guard let name, let address else { return nil }
        self.init(name: NodeName(name), address: address, links: links ?? [], groups: groups ?? [], ssh: ssh)
    }
}
