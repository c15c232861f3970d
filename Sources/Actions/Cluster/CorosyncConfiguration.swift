package import Steps
import Transport

/// `/etc/corosync/corosync.conf`, as far as it says whose cluster this is.
///
/// The file is the mark of a cluster's member: pcs writes it last, and a node without it is in none.
package struct CorosyncConfiguration: Sendable, Hashable {
    package struct Node: Sendable, Hashable {
        /// Ubuntu's default file gives none.
        package var name: String?
        /// `ring0_addr`, `ring1_addr` and so on, in their order.
        package var addresses: [String] = []
    }

    /// How long a node may be silent before it counts as lost, in ms, where a runbook says nothing else.
    static let token = 5000

    package var clusterName = ""
    package var nodes: [Node] = []
    /// Who has quorum and who can take part.
    package var options = CorosyncOptions()
    /// pcs's own mark of the cluster.
    package var uuid: String?

    /// What the packages of Debian and Ubuntu install and start: one node that talks to itself.
    package var isDistributionDefault: Bool {
        clusterName == "debian" && nodes.count <= 1
            && nodes.allSatisfy { $0.addresses.allSatisfy { $0.hasPrefix("127.") } }
    }

    /// For people: `cluster "shop" of a (10.0.0.1), b (10.0.0.2)`.
    package var title: String {
        let members = nodes.map { "\($0.name ?? "a nameless node") (\($0.addresses.joined(separator: ", ")))" }
        return "cluster \"\(clusterName)\" of \(members.isEmpty ? "no nodes" : members.joined(separator: ", "))"
    }

    /// Why this is not the wanted cluster, nil where it is: the same name, nodes and addresses.
    package func difference(from name: String, of peers: [Peer]) -> String? {
        if clusterName != name { return "it is \(title)" }
        let known = Dictionary(nodes.map { ($0.name ?? "", $0.addresses) }) { first, _ in first }
        let wanted = Dictionary(peers.map { ($0.name.text, $0.links) }) { first, _ in first }
        if Set(known.keys) != Set(wanted.keys) || known.count != nodes.count {
            return "its nodes are \(known.keys.sorted().joined(separator: ", ")), "
                + "the inventory's are \(wanted.keys.sorted().joined(separator: ", "))"
        }
        for (node, addresses) in wanted.sorted(by: { $0.key < $1.key }) where known[node] != addresses {
            return "\(node) has the addresses \(known[node, default: []].joined(separator: ", ")) there, "
                + "the inventory says \(addresses.joined(separator: ", "))"
        }
        return nil
    }

    /// Why harun builds nothing on this cluster, though it is the wanted one; nil where all is well.
    package func danger(of peers: [Peer]) -> String? {
        let dangers = options.dangers(nodes: peers.count)
        if dangers.isEmpty { return nil }
        return "the cluster that is set up here is not safe to build on, and harun changes none that it finds: "
            + dangers.joined(separator: "; ")
    }
}

extension CorosyncConfiguration {
    /// The file as pcs writes it, so that pcs goes on with it as with its own.
    package var text: String {
        let members = nodes.enumerated().map { index, node in
            let rings = node.addresses.enumerated().map { "        ring\($0)_addr: \($1)\n" }.joined()
            return "    node {\n\(rings)        name: \(node.name ?? "")\n        nodeid: \(index + 1)\n    }\n"
        }
        return """
            totem {
                version: 2
                cluster_name: \(clusterName)
                transport: knet
            \(options["totem.token"].map { "    token: \($0)\n" } ?? "")\
                crypto_cipher: aes256
                crypto_hash: sha256
            \(uuid.map { "    cluster_uuid: \($0)\n" } ?? "")\
            }

            nodelist {
            \(members.joined(separator: "\n"))\
            }

            quorum {
                provider: corosync_votequorum
            \(options["quorum.two_node"].map { "    two_node: \($0)\n" } ?? "")\
            }

            logging {
                to_logfile: yes
                logfile: /var/log/corosync/corosync.log
                to_syslog: yes
                timestamp: on
            }
            """
    }

    /// Reads the file; nil where its braces do not match.
    package init?(parsing text: String) {
        var sections: [String] = []
        for line in text.split(whereSeparator: \.isNewline) {
            let line = line.trimmed
            if line.isEmpty || line.hasPrefix("#") { continue }
            if line.hasSuffix("{") {
                sections.append(line.dropLast().trimmed)
                if sections == ["nodelist", "node"] { nodes.append(Node()) }
            } else if line == "}" {
                guard sections.popLast() != nil else { return nil }
            } else if let colon = line.firstIndex(of: ":") {
                let key = line[..<colon].trimmed
                let value = line[line.index(after: colon)...].trimmed
                take(key, value, in: sections)
            }
        }
        guard sections.isEmpty else { return nil }
    }

    private mutating func take(_ key: String, _ value: String, in sections: [String]) {
        switch (sections, key) {
        case (["totem"], "cluster_name"): clusterName = value
        case (["totem"], "cluster_uuid"): uuid = value
        case (["nodelist", "node"], "name"): nodes[nodes.count - 1].name = value
        case (["nodelist", "node"], "quorum_votes") where value != "1":
            options.votes[nodes[nodes.count - 1].name ?? "node \(nodes.count)"] = value
        case (["nodelist", "node"], _) where key.hasPrefix("ring") && key.hasSuffix("_addr"):
            nodes[nodes.count - 1].addresses.append(value)
        case (["totem"], _), (["quorum"], _), (["quorum", "device"], _):
            options.values["\(sections.joined(separator: ".")).\(key)"] = value
        default: break
        }
    }
}

extension StringProtocol {
    fileprivate var trimmed: String {
        var text = Substring(self)
        while text.first?.isWhitespace == true { text.removeFirst() }
        while text.last?.isWhitespace == true { text.removeLast() }
        return String(text)
    }
}
