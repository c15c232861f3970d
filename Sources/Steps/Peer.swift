package import Transport

/// What an action may know of a node: its name and its addresses.
package struct Peer: Sendable, Hashable, Codable {
    package var name: NodeName
    /// Where SSH goes.
    package var address: String
    /// Where corosync goes, in link order; the SSH address where the inventory names no links.
    package var links: [String]

    package init(name: NodeName, address: String, links: [String]) {
        self.name = name
        self.address = address
        self.links = links.isEmpty ? [address] : links
    }
}
