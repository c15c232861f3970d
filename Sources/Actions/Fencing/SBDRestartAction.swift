package import Documents
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
            \(UnitStates.probe(["corosync.service", "pacemaker.service", "sbd.service"]))
            \(PacemakerStatus.probe)
            [ ! -e \(Self.pending) ] || fact pending yes
            satisfied
            """)
    }

    package func judge(_ observations: [NodeName: Observation]) -> [NodeName: Verdict] {
        if let obstacles = observations.obstacles(among: peers) { return obstacles }
        let verdicts = observations.mapValues(judge)
        if verdicts.values.allSatisfy({ $0 == .satisfied }) { return verdicts }
        let active = Set(observations.values.flatMap { PacemakerStatus($0)?.activeResources.map(\.id) ?? [] })
        if active.isEmpty { return verdicts }
        return peers.all(
            .refused(
                "the cluster must be restarted, but \(active.sorted().joined(separator: ", ")) runs; "
                    + "stop it first (`pcs resource disable`)"))
    }

    private func judge(_ observation: Observation) -> Verdict {
        let units = UnitStates(observation)
        for name in ["corosync.service", "pacemaker.service", "sbd.service"] where !units[name].isActive {
            return .needed("\(name) does not run")
        }
        if observation.facts["pending"] != nil { return .needed("sbd runs with settings that were changed since") }
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
            \(ClusterWait.start)
            systemctl is-active --quiet sbd.service
            rm -f \(Self.pending)
            \(ClusterWait.untilReady(peers, within: limit))
            """, timeout: limit + .seconds(90))
    }
}

extension Duration {
    /// Seconds with one decimal, for figures.
    var rounded: String {
        let tenths = Int((inSeconds * 10).rounded())
        return "\(tenths / 10).\(tenths % 10)"
    }
}
