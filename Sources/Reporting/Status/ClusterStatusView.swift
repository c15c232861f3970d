package import Actions
package import Execution
import Planning
import Steps
import Transport

/// The cluster on one screen, beside what the inventory asks for, and whether it is well.
package struct ClusterStatusView {
    /// What it comes to, for people, monitoring and the exit code.
    package enum Verdict: String, Sendable, Codable {
        /// Everything the inventory asks for is there, runs, can fail over now and can be fenced now.
        case healthy
        /// Something is not.
        case broken
        /// Nothing is known to be wrong, and not everything could be asked.
        case unknown
    }

    private let title: String
    private let inventory: String
    private let nodes: [NodeFacts]
    private let status: PacemakerStatus?
    private let style: Style
    /// Everything that somebody should know or do, the worst first.
    package let findings: [StatusFinding]

    /// - Parameters:
    ///   - title: the cluster's name.
    ///   - inventory: the inventory's path as it was typed, for the lines that mend something.
    ///   - links: how many links each node has by the inventory.
    package init(
        title: String, inventory: String, links: Int, nodes: [NodeFacts], rows: [PlanProbe.Row], style: Style
    ) {
        self.title = title
        self.inventory = inventory
        self.style = style
        self.nodes = nodes
        let wanted = rows.compactMap { $0.step.action as? any ResourceBringing }.flatMap(\.resourceIDs)
        let health = ClusterHealth(nodes, links: links, wanted: wanted)
        status = health.status
        let all = health.findings + StepFindings(rows, nodes: nodes).findings
        let order: [StatusFinding.Severity] = [.problem, .unknown, .note]
        findings = order.flatMap { severity in all.filter { $0.severity == severity } }
    }

    package var verdict: Verdict {
        if findings.contains(where: { $0.severity == .problem }) { return .broken }
        return findings.contains { $0.severity == .unknown } ? .unknown : .healthy
    }

    /// The screen.
    package var text: String {
        var lines = [style.bold(title)]
        let rows = nodes.map { node in
            let member = status?.node(node.node)
            let runs = status?.resources.filter { $0.nodes.contains(node.node) }.map(\.id).joined(separator: " ") ?? ""
            return [
                "  " + node.node.text, state(node), member?.isDC == true ? "DC" : "", links(node),
                node.facts["iscsi"] ?? "-", runs,
            ]
        }
        lines.append(TextTable(["  NODE", "STATE", "", "LINKS", "ISCSI", "RUNS"], rows).text)
        if let status {
            let quorum = status.isQuorate == true ? style.green("quorate") : style.red("no quorum")
            lines.append("  \(quorum), \(fencing(status)), \(status.resources.count) resources")
        }
        for (key, text) in proofs { lines.append("  proof    \(ProofText(key, text).text)") }
        for finding in findings {
            let word = finding.severity.rawValue.padded(to: 7)
            let color = finding.severity == .problem ? style.red(word) : style.yellow(word)
            lines.append("  \(color)  \(line(finding))")
            if let mend = mend(finding) { lines.append("           \(style.dim(mend))") }
        }
        lines.append("  \(summary)")
        return lines.joined(separator: "\n")
    }

    private var summary: String {
        let problems = findings.count { $0.severity == .problem }
        let unknown = findings.count { $0.severity == .unknown }
        switch verdict {
        case .healthy: return style.green("healthy")
        case .broken:
            return style.red("NOT HEALTHY: \(problems) \(problems == 1 ? "problem" : "problems")")
                + (unknown > 0 ? ", and \(unknown) unknown" : "")
        case .unknown: return style.yellow("UNKNOWN: nothing is known to be wrong, and \(unknown) could not be asked")
        }
    }

    private struct Report: Encodable {
        struct Member: Encodable {
            var node: String
            var state: String
            var links: String
            var facts: [String: String]
        }
        struct Resource: Encodable {
            var id: String
            var agent: String
            var role: String
            var nodes: [String]
            var well: Bool
        }
        struct Finding: Encodable {
            var severity: StatusFinding.Severity
            var nodes: [String]
            var what: String
            var next: String?
        }
        var cluster: String
        var verdict: Verdict
        var quorate: Bool
        var fencing: Bool
        var nodes: [Member]
        var resources: [Resource]
        var findings: [Finding]
    }

    /// The same as one JSON object.
    package var json: String {
        JSONText.line(
            Report(
                cluster: title, verdict: verdict, quorate: status?.isQuorate == true,
                fencing: status.map(isFencing) ?? false,
                nodes: nodes.map { node in
                    let facts = node.facts.filter { $0.key != "status" && $0.key != "links" }
                    return .init(node: node.node.text, state: state(node), links: links(node), facts: facts)
                },
                resources: (status?.resources ?? []).map {
                    .init(id: $0.id, agent: $0.agent, role: $0.role, nodes: $0.nodes.map(\.text), well: $0.isWell)
                },
                findings: findings.map {
                    .init(severity: $0.severity, nodes: $0.nodes.map(\.text), what: $0.what, next: mend($0))
                }))
    }

    private func line(_ finding: StatusFinding) -> String {
        finding.nodes.isEmpty ? finding.what : "\(NodeRanges.text(finding.nodes)): \(finding.what)"
    }

    /// The line that mends it, as it can be typed.
    private func mend(_ finding: StatusFinding) -> String? {
        let file = inventory.shellQuoted
        switch finding.mend {
        case .deploy(let stage)?: return "harun deploy \(file) --only \(stage)"
        case .outage(let stage)?: return "harun deploy \(file) --only \(stage) --outage"
        case .command(let command, let node)?:
            let place = node ?? nodes.first { $0.status?.isRunning == true }?.node ?? nodes.first?.node
            return "harun exec \(file) --on \(place?.text.shellQuoted ?? "'*'") -- \(command.shellQuoted)"
        case .plan?: return "harun plan \(file)"
        case .line(let line)?: return line
        case nil: return nil
        }
    }

    /// Switched on, and with a device that runs: the property alone fences nobody.
    private func isFencing(_ status: PacemakerStatus) -> Bool {
        status.isFencingEnabled && status.resources.contains { $0.isFencingDevice && $0.isWell }
    }

    private func fencing(_ status: PacemakerStatus) -> String {
        if isFencing(status) { return style.green("fencing on") }
        return style.red(status.isFencingEnabled ? "fencing WITHOUT A DEVICE" : "fencing OFF")
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

    /// `2/2`: links over which every other node is reached, of all.
    private func links(_ node: NodeFacts) -> String {
        guard let found = node.facts["links"].flatMap({ CorosyncLinks(parsing: $0) }) else { return "-" }
        let whole = found.links.count { $0.peers.values.allSatisfy { ["connected", "localhost"].contains($0) } }
        return "\(whole)/\(found.links.count)"
    }

    private func state(_ node: NodeFacts) -> String {
        if node.problem != nil { return "unreachable" }
        guard let member = status?.node(node.node) else { return "no cluster" }
        if member.isUnclean { return "UNCLEAN" }
        if !member.isOnline { return "offline" }
        if member.isPending { return "pending" }
        if member.isStandby { return "standby" }
        return member.isInMaintenance ? "maintenance" : "online"
    }
}
