import Documents
import Settings
import Transport

/// The rules among the nodes: what must differ, what must agree, and what corosync needs.
struct NodeRules {
    private(set) var diagnostics: [Diagnostic] = []
    private let isCluster: Bool

    /// - Parameter isCluster: whether the file has a `[cluster]`, whose nodes must reach one another.
    init(nodes: [(table: Table, node: Node?)], isCluster: Bool) {
        self.isCluster = isCluster
        checkNames(nodes.map(\.table))
        let whole = nodes.compactMap { table, node in node.map { (table: table, node: $0) } }
        checkGroups(nodes)
        checkAddresses(whole)
        checkLinks(whole)
        if isCluster {
            checkReach(whole)
            checkShortNames(whole)
        }
    }

    private mutating func fail(_ message: String, at location: SourceLocation) {
        diagnostics.append(Diagnostic(message, at: location))
    }

    /// Host names do not tell capitals from small letters, so neither may node names.
    private mutating func checkNames(_ tables: [Table]) {
        var seen: [String: SourceLocation] = [:]
        for table in tables {
            guard let value = table["name"], let name = value.string else { continue }
            if let first = seen[name.lowercased()] {
                fail("the node name \"\(name)\" is given twice; the first is on line \(first.line)", at: value.location)
            } else {
                seen[name.lowercased()] = value.location
            }
        }
    }

    /// A cluster knows a node by its short host name, and the preflight compares it with that.
    private mutating func checkShortNames(_ nodes: [(table: Table, node: Node)]) {
        for (table, node) in nodes {
            guard let value = table["name"], let dot = node.name.text.firstIndex(of: ".") else { continue }
            fail(
                "\"\(node.name)\": in a cluster a node has its host name without the domain; write "
                    + "name = \"\(node.name.text[..<dot])\"", at: value.location)
        }
    }

    private mutating func checkGroups(_ nodes: [(table: Table, node: Node?)]) {
        let names = Set(nodes.compactMap { $0.table["name"]?.string?.lowercased() })
        for (table, _) in nodes {
            var seen: Set<String> = []
            for value in table["groups"]?.array ?? [] {
                guard let group = value.string else { continue }
                if names.contains(group.lowercased()) {
                    fail("\"\(group)\" is a node; a group needs a name of its own", at: value.location)
                }
                if !seen.insert(group).inserted { fail("the group \"\(group)\" is given twice", at: value.location) }
            }
        }
    }

    /// One SSH server is one node; several behind one address differ by their ports.
    private mutating func checkAddresses(_ nodes: [(table: Table, node: Node)]) {
        var seen: [String: NodeName] = [:]
        for (table, node) in nodes {
            guard let value = table["address"] else { continue }
            let host = IPAddress(node.address)?.description ?? node.address.lowercased()
            let key = "\(host) \(node.ssh.port)"
            if let first = seen[key] {
                fail("\"\(node.address)\" is already the address of \(first)", at: value.location)
            } else {
                seen[key] = node.name
            }
        }
    }

    private mutating func checkLinks(_ nodes: [(table: Table, node: Node)]) {
        var seen: [IPAddress: NodeName] = [:]
        for (table, node) in nodes {
            for (text, value) in zip(node.links, table["links"]?.array ?? []) {
                guard let link = IPAddress(text) else { continue }
                if let first = seen[link] {
                    fail("\"\(text)\" is already a link of \(first)", at: value.location)
                } else {
                    seen[link] = node.name
                }
            }
        }
        guard let first = nodes.first?.node else { return }
        for (table, node) in nodes.dropFirst() {
            guard isCluster || !(node.links.isEmpty && first.links.isEmpty) else { continue }
            checkAgreement(node, with: first, at: table["links"]?.location ?? table.location, table)
        }
    }

    /// Corosync wants as many links on every node, and one kind of address on each link.
    private mutating func checkAgreement(_ node: Node, with first: Node, at place: SourceLocation, _ table: Table) {
        guard node.clusterLinks.count == first.clusterLinks.count else {
            fail(
                "\(node.name) has \(Self.count(node)) and \(first.name) has \(Self.count(first)); "
                    + "all nodes need the same number", at: place)
            return
        }
        let values = table["links"]?.array ?? [table["address"]].compactMap { $0 }
        for (index, value) in values.enumerated() where index < node.clusterLinks.count {
            guard let one = IPAddress(node.clusterLinks[index]), let other = IPAddress(first.clusterLinks[index]) else {
                continue
            }
            if one.isIPv6 != other.isIPv6 {
                fail(
                    "link \(index) is an IPv4 address on one node and an IPv6 one on \(first.name)", at: value.location)
            }
        }
    }

    private static func count(_ node: Node) -> String {
        switch node.links.count {
        case 0: "no `links`, which means one"
        case 1: "1 link"
        default: "\(node.links.count) links"
        }
    }

    /// A name may resolve to 127.0.1.1 on its own host, so corosync is only ever given addresses.
    private mutating func checkReach(_ nodes: [(table: Table, node: Node)]) {
        for (table, node) in nodes {
            guard let value = table["address"] else { continue }
            if let address = IPAddress(node.address) {
                if address.isLoopback {
                    fail(
                        "\"\(node.address)\" is a loopback address: the other nodes cannot reach it", at: value.location
                    )
                } else if let problem = HostName.problem(keeping: address) {
                    fail("\"\(node.address)\" \(problem)", at: value.location)
                }
            } else if node.links.isEmpty, table["links"] == nil {
                fail(
                    "\"\(node.address)\" is a name, and corosync needs IP addresses: give the address, or `links` too",
                    at: value.location)
            }
        }
    }
}
