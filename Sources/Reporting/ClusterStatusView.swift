import Actions
import Transport

/// The cluster on one screen, and whether it is well.
package struct ClusterStatusView {
    private let title: String
    private let nodes: [NodeFacts]
    private let status: PacemakerStatus?
    private let style: Style

    package init(title: String, nodes: [NodeFacts], style: Style) {
        self.title = title
        self.nodes = nodes
        self.style = style
        status =
            nodes.compactMap(\.status).first { $0.isRunning && $0.dc != nil }
            ?? nodes.compactMap(\.status).first { $0.isRunning }
    }

    /// Everything that somebody should know or do, one line each; empty where all is well.
    package var warnings: [String] {
        var warnings = nodes.compactMap { node in node.problem.map { "\(node.node): \($0)" } }
        guard let status else { return warnings + ["Pacemaker runs on none of the nodes that answered"] }
        if let obstacle = status.obstacle(toRunning: nodes.map(\.node)) { warnings.append(obstacle) }
        if !status.isFencingEnabled {
            warnings.append("FENCING IS OFF: after a split both nodes may write to the same file system")
        }
        if status.isInMaintenanceMode { warnings.append("the cluster is in maintenance mode: nothing is kept alive") }
        for node in status.nodes where node.isStandby || node.isInMaintenance {
            warnings.append("\(node.name) is in \(node.isStandby ? "standby" : "maintenance")")
        }
        for resource in status.resources where !resource.isWell {
            let place = resource.nodes.map(\.text).joined(separator: ", ")
            warnings.append("\(resource.id) is \(resource.role)\(place.isEmpty ? "" : " on \(place)")")
        }
        for node in nodes {
            let sessions = node.facts["iscsi"]?.split(separator: " ") ?? []
            if let state = sessions.first(where: { $0 != "LOGGED_IN" }) {
                let what = state == "none" ? "has no iSCSI session" : "has an iSCSI session that is \(state)"
                warnings.append("\(node.node) \(what), so nothing could run there")
            }
        }
        for failure in status.failures {
            warnings.append("\(failure.operation) failed on \(failure.node): \(failure.reason)")
        }
        for ban in status.bans { warnings.append("\(ban.resource) is banned from \(ban.node) (\(ban.id))") }
        for (what, key) in [
            ("the shared file system is mounted", "mount"), ("the machine runs", "vm"),
            ("the address is up", "address"),
        ] {
            let places = nodes.filter { $0.facts[key] != nil }.map(\.node.text)
            if places.count > 1 { warnings.append("\(what) on \(places.joined(separator: " AND ")) at once") }
        }
        return warnings
    }

    /// The screen.
    package var text: String {
        var lines = [style.bold(title)]
        let rows = nodes.map { node in
            let member = status?.node(node.node)
            let state = node.problem != nil ? "unreachable" : member.map(Self.state) ?? "no cluster"
            let runs = status?.resources.filter { $0.nodes.contains(node.node) }.map(\.id).joined(separator: " ") ?? ""
            return [
                "  " + node.node.text, state, member?.isDC == true ? "DC" : "", node.facts["iscsi"] ?? "-", runs,
            ]
        }
        lines.append(TextTable(["  NODE", "STATE", "", "ISCSI", "RUNS"], rows).text)
        if let status {
            let quorum = status.isQuorate == true ? style.green("quorate") : style.red("no quorum")
            let fencing = status.isFencingEnabled ? style.green("fencing on") : style.red("fencing OFF")
            lines.append("  \(quorum), \(fencing), \(status.resources.count) resources")
        }
        for (key, text) in proofs { lines.append("  proof    \(ProofText(key, text).text)") }
        for warning in warnings { lines.append("  \(style.red("warning"))  \(warning)") }
        if warnings.isEmpty { lines.append("  \(style.green("healthy"))") }
        return lines.joined(separator: "\n")
    }

    private struct Report: Encodable {
        struct Member: Encodable {
            var node: String
            var state: String
            var facts: [String: String]
        }
        struct Resource: Encodable {
            var id: String
            var agent: String
            var role: String
            var nodes: [String]
            var well: Bool
        }
        var cluster: String
        var quorate: Bool
        var fencing: Bool
        var nodes: [Member]
        var resources: [Resource]
        var warnings: [String]
    }

    /// The same as one JSON object.
    package var json: String {
        JSONText.line(
            Report(
                cluster: title, quorate: status?.isQuorate == true, fencing: status?.isFencingEnabled == true,
                nodes: nodes.map { node in
                    let state = node.problem ?? status?.node(node.node).map(Self.state) ?? "no cluster"
                    return .init(node: node.node.text, state: state, facts: node.facts.filter { $0.key != "status" })
                },
                resources: (status?.resources ?? []).map {
                    .init(id: $0.id, agent: $0.agent, role: $0.role, nodes: $0.nodes.map(\.text), well: $0.isWell)
                }, warnings: warnings))
    }

    private var proofs: [(String, String)] {
        var proofs: [String: String] = [:]
        for node in nodes {
            for (key, value) in node.facts where key.hasPrefix("proof.") {
                proofs[String(key.dropFirst("proof.".count))] = value
            }
        }
        return proofs.sorted { $0.key < $1.key }
    }

    private static func state(_ node: PacemakerStatus.Node) -> String {
        if node.isUnclean { return "UNCLEAN" }
        if !node.isOnline { return "offline" }
        if node.isPending { return "pending" }
        if node.isStandby { return "standby" }
        return node.isInMaintenance ? "maintenance" : "online"
    }
}
