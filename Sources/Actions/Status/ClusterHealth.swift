import Steps
import Transport

/// Judges how a cluster lives, from what every node said: not what is configured, but what holds now.
///
/// Pure, so that a test can break each thing alone. Whatever was not heard is ``StatusFinding/Severity/unknown``;
/// what the inventory asks for and the nodes lack is judged by the steps of its plan, see ``WatchedActions``.
package struct ClusterHealth {
    let nodes: [NodeFacts]
    /// How many links each node has, by the inventory.
    private let links: Int
    /// The resources that the inventory asks for, the fencing device included.
    private let wanted: [String]
    /// The view of the node that decides, or of any that has one.
    package let status: PacemakerStatus?

    package init(_ nodes: [NodeFacts], links: Int, wanted: [String]) {
        self.nodes = nodes
        self.links = links
        self.wanted = wanted
        let running = nodes.compactMap(\.status).filter(\.isRunning)
        status = running.first { $0.dc != nil } ?? running.first
    }

    /// Everything that is to be told, worst and most general first.
    package var findings: [StatusFinding] {
        var findings = unasked
        guard let status else {
            let isAnyAsked = nodes.contains { $0.problem == nil }
            let what = "Pacemaker runs on none of the nodes that answered"
            return findings + [
                StatusFinding(
                    isAnyAsked ? .problem : .unknown, what, mend: isAnyAsked ? .deploy(stage: "cluster") : nil)
            ]
        }
        findings += membership(status) + switches(status) + resources(status) + failures(status) + fences(status)
        findings += corosync(status) + hosts
        return findings
    }

    /// Nodes that did not answer, and nodes whose Pacemaker did not.
    private var unasked: [StatusFinding] {
        nodes.compactMap { node in
            if let problem = node.problem {
                return StatusFinding(
                    .unknown, on: [node.node], "cannot be asked: \(problem)", mend: node.advice.map { .line($0) })
            }
            if node.status == nil {
                return StatusFinding(
                    .unknown, on: [node.node], "Pacemaker's answer cannot be read", mend: .deploy(stage: "cluster"))
            }
            if node.status?.isRunning == false {
                return StatusFinding(
                    .problem, on: [node.node], "Pacemaker does not run here", mend: .deploy(stage: "cluster"))
            }
            return nil
        }
    }

    private func membership(_ status: PacemakerStatus) -> [StatusFinding] {
        var findings: [StatusFinding] = []
        let names = nodes.map(\.node)
        let strangers = status.nodes.map(\.name).filter { !names.contains($0) }
        if !strangers.isEmpty {
            findings.append(
                StatusFinding(
                    .problem, "the cluster has nodes that the inventory does not: \(strangers.listed)", mend: .plan))
        }
        for name in names {
            let what: (String, StatusFinding.Mend?)? =
                switch status.node(name) {
                case nil: ("is not a member of the cluster", .plan)
                case let node? where node.isUnclean:
                    ("is unclean: the cluster waits until it is fenced", .command("crm_mon -1 -m 2", on: nil))
                case let node? where !node.isOnline: ("is not online", .deploy(stage: "cluster"))
                case let node? where node.isPending: ("is pending: it has not joined yet", .deploy(stage: "cluster"))
                case let node? where node.isShuttingDown: ("is shutting down", .deploy(stage: "cluster"))
                case let node? where node.isStandbyOnFail:
                    (
                        "is in standby because something failed there (on-fail=standby), so nothing can fail over to it",
                        .command("pcs resource cleanup", on: name)
                    )
                case let node? where node.isStandby:
                    // A standby until the next boot, which `pcs node unstandby` leaves, looks the same.
                    (
                        "is in standby, so nothing can fail over to it",
                        .command(
                            "pcs node unstandby \(name) && crm_attribute --node \(name) --name standby --lifetime reboot --delete",
                            on: name)
                    )
                case let node? where node.isInMaintenance:
                    (
                        "is in maintenance: nothing is kept alive there, and if it is lost it is fenced all the same",
                        .command("pcs node unmaintenance \(name)", on: name)
                    )
                default: nil
                }
            if let what { findings.append(StatusFinding(.problem, on: [name], what.0, mend: what.1)) }
        }
        if status.dc == nil {
            findings.append(
                StatusFinding(.problem, "no node is elected to decide (no DC)", mend: .deploy(stage: "cluster")))
        } else if status.isQuorate != true {
            findings.append(StatusFinding(.problem, "the cluster has no quorum", mend: .deploy(stage: "cluster")))
        }
        let deciders = Set(nodes.compactMap { $0.status?.dc })
        if deciders.count > 1 {
            findings.append(
                StatusFinding(
                    .problem, "THE CLUSTER IS SPLIT: \(deciders.sorted().listed) each decide for themselves",
                    mend: .command("corosync-cfgtool -s", on: nil)))
        }
        if status.isMixedVersion {
            findings.append(StatusFinding(.note, "the nodes run different releases of Pacemaker"))
        }
        return findings
    }

    /// What switches the cluster's care off altogether.
    private func switches(_ status: PacemakerStatus) -> [StatusFinding] {
        var findings: [StatusFinding] = []
        if !status.isFencingEnabled {
            findings.append(
                StatusFinding(
                    .problem, "FENCING IS OFF: after a split both nodes may write to the same file system",
                    mend: .deploy(stage: "fencing")))
        }
        if status.isInMaintenanceMode {
            findings.append(
                StatusFinding(
                    .problem, "the cluster is in maintenance mode: nothing is kept alive",
                    mend: .command("pcs property set maintenance-mode=false", on: nil)))
        }
        if status.isStoppingAll {
            findings.append(
                StatusFinding(
                    .problem, "the cluster is told to stop everything (stop-all-resources)",
                    mend: .command("pcs property set stop-all-resources=false", on: nil)))
        }
        return findings
    }

    private func resources(_ status: PacemakerStatus) -> [StatusFinding] {
        var findings = wanted.filter { status.resource($0) == nil }.map { id in
            StatusFinding(
                .problem, "\(id) is not in the cluster",
                mend: .deploy(stage: id == CIBFencingAction.device ? "fencing" : "resources"))
        }
        for resource in status.resources where !resource.isWell {
            let id = resource.id.shellQuoted
            let places = resource.nodes.listed
            let mend: (String, String) =
                if resource.nodes.count > 1 {
                    ("runs on \(places) AT ONCE", "crm_mon -1 -n")
                } else if resource.isBlocked {
                    ("is blocked: the cluster does nothing about it any more", "pcs resource cleanup \(id)")
                } else if resource.isFailed {
                    ("has failed", "pcs resource cleanup \(id)")
                } else if !resource.isManaged {
                    ("is not managed: the cluster would not keep it alive", "pcs resource manage \(id)")
                } else if resource.targetRole?.lowercased() == "stopped" {
                    (
                        "is switched off (target-role), on purpose or by a restart that was cut off",
                        "pcs resource enable \(id)"
                    )
                } else if resource.isOrphaned {
                    ("is not configured any more, and still there", "pcs resource cleanup \(id)")
                } else {
                    ("is \(resource.role.lowercased())", "pcs resource cleanup \(id)")
                }
            // What an administrator has beside harun's and stopped on purpose is the administrator's affair.
            let isOthers = !wanted.contains(resource.id) && resource.targetRole?.lowercased() == "stopped"
            findings.append(
                StatusFinding(isOthers ? .note : .problem, "\(resource.id) \(mend.0)", mend: .command(mend.1, on: nil)))
        }
        for ban in status.bans {
            let clear =
                ban.id.hasPrefix("cli-")
                ? "pcs resource clear \(ban.resource.shellQuoted)" : "pcs constraint delete \(ban.id.shellQuoted)"
            findings.append(
                StatusFinding(
                    .problem, "\(ban.resource) is banned from \(ban.node) (\(ban.id)), so it cannot fail over there",
                    mend: .command(clear, on: nil)))
        }
        return findings
    }

    private func failures(_ status: PacemakerStatus) -> [StatusFinding] {
        var findings: [StatusFinding] = []
        for failure in status.failures {
            let resource = failure.operation.replacing(/_[a-z-]+_[0-9]+$/, with: "")
            let reason = failure.reason.isEmpty ? "code \(failure.exitCode)" : failure.reason
            findings.append(
                StatusFinding(
                    .problem, on: [failure.node], "\(failure.operation) failed: \(reason)",
                    mend: .command("pcs resource cleanup \(resource.shellQuoted)", on: nil)))
        }
        for count in status.failCounts
        where !status.failures.contains(where: { $0.node == count.node && $0.operation.hasPrefix("\(count.resource)_") }
        ) {
            findings.append(
                StatusFinding(
                    .problem, on: [count.node],
                    "\(count.resource) failed here \(count.count >= 1_000_000 ? "once too often" : "\(count.count) times"), "
                        + "which counts against this node",
                    mend: .command("pcs resource cleanup \(count.resource.shellQuoted)", on: nil)))
        }
        return findings
    }

    /// A fence that failed and was not made good by a later one, or that is still under way.
    private func fences(_ status: PacemakerStatus) -> [StatusFinding] {
        guard status.isFenceHistoryRead else {
            return [
                StatusFinding(
                    .unknown, "the fence history cannot be read: nobody knows whether a fence failed",
                    mend: .command("stonith_admin --history '*' --verbose", on: nil))
            ]
        }
        var madeGood: Set<NodeName> = []
        var findings: [StatusFinding] = []
        for event in status.fenceHistory {
            switch event.state {
            case .success: madeGood.insert(event.target)
            case .pending:
                findings.append(
                    StatusFinding(.problem, on: [event.target], "is being fenced (\(event.action)) right now"))
            case .failed where !madeGood.contains(event.target):
                findings.append(
                    StatusFinding(
                        .problem, on: [event.target],
                        "could not be fenced (\(event.action), \(event.completed ?? "?"))",
                        mend: .command("stonith_admin --cleanup --history \(event.target.text.shellQuoted)", on: nil)))
            case .failed: break
            }
        }
        return findings
    }

    private func corosync(_ status: PacemakerStatus) -> [StatusFinding] {
        let numbers = Dictionary(status.nodes.map { ($0.id, $0.name) }) { first, _ in first }
        return nodes.filter { $0.problem == nil }.flatMap { node -> [StatusFinding] in
            guard let found = node.facts["links"].flatMap({ CorosyncLinks(parsing: $0) }) else {
                return [
                    StatusFinding(
                        .unknown, on: [node.node], "corosync does not tell the state of its links",
                        mend: .command("corosync-cfgtool -s", on: node.node))
                ]
            }
            var findings: [StatusFinding] = []
            if found.links.count < links {
                findings.append(
                    StatusFinding(
                        .problem, on: [node.node], "corosync has \(found.links.count) of \(links) links", mend: .plan))
            }
            for link in found.links {
                for (id, state) in link.peers.sorted(by: { $0.key < $1.key })
                where state != "connected" && state != "localhost" {
                    findings.append(
                        StatusFinding(
                            .problem, on: [node.node],
                            "link \(link.number) (\(link.address)) to \(numbers[id]?.text ?? "node \(id)") is \(state)",
                            mend: .command("ip -br addr show to \(link.address)", on: node.node)))
                }
                let unheard = nodes.map(\.node).filter { name in
                    guard let id = status.node(name)?.id, !id.isEmpty else { return false }
                    return link.peers[id] == nil
                }
                if !unheard.isEmpty {
                    findings.append(
                        StatusFinding(
                            .unknown, on: [node.node], "link \(link.number) says nothing of \(unheard.listed)",
                            mend: .command("corosync-cfgtool -s", on: node.node)))
                }
            }
            return findings
        }
    }
}
