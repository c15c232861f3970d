package import Documents
package import Steps
package import Transport

/// Restarts the whole cluster once, so that it runs under sbd.
///
/// systemd forbids to start sbd by itself: it comes and goes with corosync. All nodes stop before any
/// starts, and nothing is stopped where a resource runs.
package struct SBDRestartAction: Procedure {
    package static let kind = "sbd.restart"

    /// There from the writing of sbd's settings until sbd has been started with them, by a restart or a boot.
    ///
    /// An sbd that runs knows its old device and watchdog only, and fencing through another one would be a hope.
    static let pending = "/run/harun/sbd-pending"

    private let limit: Duration
    private let peers: [Peer]

    package var summary: String { "restart the cluster under sbd" }
    package var stepClass: StepClass { .converge }
    package var undo: Undo { .nothing }
    package var scope: Scope { .fleet }

    package init?(reading with: TableReader, peers: [Peer]) {
        limit = with.duration("timeout") ?? .seconds(240)
        self.peers = peers
    }

    package func probe(_ node: NodeName) -> Script {
        Script(
            """
            [ ! -e \(Self.pending) ] || fact pending yes
            satisfied
            """, asking: [UnitStates.question, PacemakerStatus.question, SBDView.running])
    }

    package func judge(_ observations: [NodeName: Observation]) -> [NodeName: Verdict] {
        if let obstacles = observations.obstacles(among: peers) { return obstacles }
        let verdicts = Dictionary(uniqueKeysWithValues: observations.map { ($0, judge($0, $1)) })
        if verdicts.values.allSatisfy({ $0 == .satisfied }) { return verdicts }
        guard let work = Self.work(observations) else { return verdicts }
        let why = Set(verdicts.values.map(\.reason)).filter { !$0.isEmpty }.sorted().joined(separator: "; ")
        return peers.all(.refused("\(why). The whole cluster must be restarted for that, and \(work)"))
    }

    /// Why the cluster cannot be stopped and started as a whole now; nil where it can.
    ///
    /// - Parameter observations: what probes with ``UnitStates/question`` and ``PacemakerStatus/question`` found.
    static func obstacle(_ observations: [NodeName: Observation], among peers: [Peer]) -> String? {
        if let work = work(observations) { return work }
        let running = peers.names.filter { PacemakerStatus(observations[$0])?.isRunning == true }
        for node in peers.names where !running.contains(node) {
            if UnitStates(observations[node])["pacemaker.service"].isActive {
                return "Pacemaker on \(node) runs, but does not answer (`crm_mon -1`)"
            }
        }
        for node in running {
            guard let status = PacemakerStatus(observations[node]),
                let trouble = running.count == peers.count
                    ? status.obstacle(toRunning: peers.names) : away(status, among: peers)
            else { continue }
            return "\(node) says that \(trouble): look at `pcs status`, and bring every node back first"
        }
        return nil
    }

    /// What stands against a restart where a node was stopped in order: the others miss it, and it comes back with them.
    private static func away(_ status: PacemakerStatus, among peers: [Peer]) -> String? {
        if let node = status.nodes.first(where: \.isUnclean) { return "\(node.name) is unclean" }
        let strangers = status.nodes.map(\.name).filter { !peers.names.contains($0) }
        return strangers.isEmpty ? nil : "the cluster has other nodes: \(strangers.listed)"
    }

    /// What runs in the cluster and forbids its stop, with the safe way on.
    private static func work(_ observations: [NodeName: Observation]) -> String? {
        let active = Set(observations.values.flatMap { PacemakerStatus($0)?.activeResources.map(\.id) ?? [] })
        if active.isEmpty { return nil }
        let names = active.sorted()
        return "\(names.joined(separator: ", ")) \(names.count == 1 ? "runs" : "run"). In a window for that: "
            + "`pcs resource disable \(names.joined(separator: " ")) --wait`, deploy, "
            + "`pcs resource enable \(names.joined(separator: " "))`"
    }

    private func judge(_ node: NodeName, _ observation: Observation) -> Verdict {
        let units = UnitStates(observation)
        for name in ["corosync.service", "pacemaker.service", "sbd.service"] where !units[name].isActive {
            return .needed("\(name) does not run")
        }
        if observation.facts["pending"] != nil { return .needed("sbd runs with settings that were changed since") }
        if let drift = SBDView(observation).drift(on: node).first { return .needed(drift) }
        guard let status = PacemakerStatus(observation) else { return .needed("Pacemaker does not answer") }
        return status.obstacle(toRunning: peers.names).map { .needed($0) } ?? .satisfied
    }

    package func perform(
        on node: NodeName, _ observations: [NodeName: Observation], in context: any ProcedureContext
    ) async throws(ProcedureFailure) -> [String: String] {
        context.progress("stopping the cluster on \(peers.names.listed)")
        let began = ContinuousClock.now
        try await context.demand(stop, everywhere: peers.names, "stopping the cluster")
        let stopped = ContinuousClock.now
        context.progress("starting it under sbd")
        try await context.demand(start, everywhere: peers.names, "starting the cluster under sbd")
        return [
            "stop_seconds": (stopped - began).rounded, "start_seconds": (ContinuousClock.now - stopped).rounded,
        ]
    }

    var stop: Script {
        Script(
            """
            \(ClusterWait.refuseWhereResourcesRun)
            systemctl stop pacemaker.service corosync.service
            """, timeout: .seconds(180))
    }

    var start: Script {
        Script(
            """
            set -e
            \(SBDStartDelay.skipped)
            start() {
            \(ClusterWait.start)
            }
            without_delay start
            systemctl is-active --quiet sbd.service
            rm -f \(Self.pending)
            \(ClusterWait.untilReady(peers, within: limit))
            """, timeout: limit + ClusterWait.startLimit)
    }
}

extension Duration {
    /// Seconds with one decimal, for figures.
    var rounded: String {
        let tenths = Int((inSeconds * 10).rounded())
        return "\(tenths / 10).\(tenths % 10)"
    }
}
