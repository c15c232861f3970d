package import Documents
package import Steps
package import Transport

/// Refuses a change of the fencing disk, the watchdog or the timeouts while the cluster cannot be restarted for it.
///
/// Stands before anything of the fencing is written: a header on another disk, a module, settings.
package struct SBDCheckAction: Action {
    package static let kind = "sbd.check"

    private let configuration: SBDConfiguration
    private let peers: [Peer]

    package var summary: String { "the nodes can be fenced through \(configuration.title) without an outage" }
    package var stepClass: StepClass { .pure }
    package var undo: Undo { .nothing }
    package var scope: Scope { .fleet }

    package init?(reading with: TableReader, peers: [Peer]) {
        guard let configuration = SBDConfiguration(reading: with, peers: peers) else { return nil }
        self.configuration = configuration
        self.peers = peers
    }

    package func probe(_ node: NodeName) -> Script { configuration.probe }

    package func judge(_ observations: [NodeName: Observation]) -> [NodeName: Verdict] {
        if let obstacles = observations.obstacles(among: peers) { return obstacles }
        return peers.all(configuration.obstacle(observations, among: peers).map { .refused($0) } ?? .satisfied)
    }

    package func apply(_ node: NodeName, _ observations: [NodeName: Observation]) -> Script? { nil }
}
