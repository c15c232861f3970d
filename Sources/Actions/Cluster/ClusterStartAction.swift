package import Documents
package import Steps
package import Transport

/// Starts the cluster on every node at once and waits until they see each other and have quorum.
package struct ClusterStartAction: Action {
    package static let kind = "cluster.start"

    private let cluster: String
    private let startAtBoot: Bool
    private let limit: Duration
    private let peers: [Peer]

    package var summary: String {
        "start the cluster \(cluster) and \(startAtBoot ? "start it" : "do not start it") at boot"
    }
    package var stepClass: StepClass { .converge }
    package var undo: Undo { .bestEffort("the cluster is stopped and starts at boot only if it did before") }
    package var scope: Scope { .fleet }

    package init?(reading with: TableReader, peers: [Peer]) {
        let cluster = with.requiredString("cluster")
        startAtBoot = with.boolean("start_at_boot") ?? true
        limit = with.duration("timeout") ?? .seconds(180)
        self.peers = peers
        guard let cluster else { return nil }
        self.cluster = cluster
    }

    /// In the order in which they are started.
    private static let units = ["corosync.service", "pacemaker.service"]
    private static let words = units.joined(separator: " ")

    /// What systemd has in memory of a running unit may be older than the links that count at boot, until its next reload; so
    /// the links themselves are asked about.
    package func probe(_ node: NodeName) -> Script {
        Script(
            """
            fact boot "$(systemctl is-enabled \(Self.words) 2>/dev/null | tr '\\n' ' ')"
            satisfied
            """, asking: [UnitStates.question, PacemakerStatus.question])
    }

    package func judge(_ observations: [NodeName: Observation]) -> [NodeName: Verdict] {
        if let obstacles = observations.obstacles(among: peers) { return obstacles }
        var verdicts = observations.mapValues(judge)
        let views = observations.compactMapValues { PacemakerStatus($0)?.dc }
        if verdicts.values.allSatisfy({ $0 == .satisfied }), Set(views.values).count != 1 {
            verdicts = peers.all(
                .needed("the nodes do not agree who decides: DC \(Set(views.values).sorted().listed)"))
        }
        return verdicts
    }

    private func judge(_ observation: Observation) -> Verdict {
        let units = UnitStates(observation)
        for name in Self.units where !units[name].isActive { return .needed("\(name) does not run") }
        let boot = observation.words("boot")
        guard boot.count == Self.units.count else {
            return .failed("systemd does not tell whether corosync and pacemaker start at boot")
        }
        for (name, state) in zip(Self.units, boot)
        where state.hasPrefix("enabled") != startAtBoot {
            return .needed("\(name) \(startAtBoot ? "does not start" : "starts") at boot")
        }
        guard let status = PacemakerStatus(observation) else { return .needed("Pacemaker does not answer") }
        return status.obstacle(toRunning: peers.names).map { .needed($0) } ?? .satisfied
    }

    package func apply(_ node: NodeName, _ observations: [NodeName: Observation]) -> Script? {
        Script(
            """
            \(PreImage.words)
            set -e
            \(Systemctl.keep(Self.units.reversed()))
            \(startAtBoot ? Systemctl.enable : Systemctl.disable) \(Self.words)
            \(ClusterWait.start)
            \(ClusterWait.untilReady(peers, within: limit))
            """, timeout: limit + ClusterWait.startLimit, isLong: true)
    }

    package func undo(_ node: NodeName) -> Script? {
        Script(
            """
            \(PreImage.words)
            kept units || exit 0
            # What ran before goes on, and only its links change.
            if grep -qE '^ActiveState=(inactive|failed)$' "$pre/units"; then
                \(ClusterWait.refuseWhereResourcesRun)
            fi
            \(Systemctl.unitsAsBefore())
            units_as_before
            """, timeout: .seconds(180))
    }
}
