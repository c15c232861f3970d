package import Documents
import Settings
package import Steps
package import Transport

/// Looks early whether the floating address can be on every node, and whether somebody has it already.
///
/// What keeps the cluster from taking it is found again right before it does, see ``CIBResourcesAction``; but by then
/// the machine is shut down and its disk copied.
package struct AddressCheck: Action {
    package static let kind = "address.check"

    private let probe: AddressProbe
    /// Whether the failover is going to be measured at the address itself.
    private let isMeasured: Bool
    private let peers: [Peer]

    package let stepClass = StepClass.pure
    package let undo = Undo.nothing
    package let scope = Scope.fleet
    package var summary: String {
        "check that \(probe.address.ip) is free, and that every node has an interface for it"
    }

    package init?(reading with: TableReader, peers: [Peer]) {
        let interface = with.string("interface")
        let measure = with.string("probe")
        _ = with.required("address")
        guard let address = with.floatingAddress("address") else { return nil }
        probe = AddressProbe(address: address, interface: interface)
        // A port of the address itself would show it as well, and nothing listens there yet.
        isMeasured =
            measure.flatMap { OutsideTarget($0, address: address.ip.description) }
            .map { $0 == .icmp(host: address.ip.description) || $0.host != address.ip.description } ?? false
        self.peers = peers
    }

    package func probe(_ node: NodeName) -> Script {
        let ip = probe.address.ip.description.shellQuoted
        return Script(
            """
            \(probe.words)
            \(NetworkdLink.probe)
            if command -v cibadmin >/dev/null &&
                cibadmin --query --xpath "\(probe.path)" >/dev/null 2>&1
            then fact clustered yes
            elif ping -c 1 -W 1 \(ip) >/dev/null 2>&1; then fact answers yes
            else
                # Who answers no ping is still somebody's neighbour: the kernel has just asked for it.
                case $(ip neigh show to \(ip) 2>/dev/null) in *REACHABLE*) fact answers yes;; esac
            fi
            satisfied
            """, timeout: .seconds(30))
    }

    /// The node's own addresses beside the floating one: what is filtered there is so for that, too.
    package func outside(_ node: NodeName) -> [OutsideTarget] {
        isMeasured ? besides(node).flatMap { [OutsideTarget.icmp(host: $0), .answer(host: $0)] } : []
    }

    private func besides(_ node: NodeName) -> [String] {
        guard let peer = peers.first(where: { $0.name == node }) else { return [] }
        let all = [peer.address] + peer.links.filter { $0 != peer.address }
        return all.filter(probe.address.isBeside)
    }

    package func judge(_ observations: [NodeName: Observation]) -> [NodeName: Verdict] {
        if let obstacles = observations.obstacles(among: peers) { return obstacles }
        // A node that does not run the cluster just now would hear the cluster's own answer.
        let isClustered = observations.values.contains { $0.facts["clustered"] != nil }
        var verdicts: [NodeName: Verdict] = [:]
        for (node, observation) in observations {
            verdicts[node] = judge(observation, on: node, isClustered: isClustered)
        }
        return verdicts
    }

    private func judge(_ observation: Observation, on node: NodeName, isClustered: Bool) -> Verdict {
        if let why = probe.refusal(observation.facts, on: node) { return .refused(why) }
        if !isClustered, observation.facts["answers"] != nil {
            return .refused("somebody already answers for \(probe.address.ip); give [address] one that is free")
        }
        // Once it is there, the failover itself asks it before anything is stopped.
        if !isClustered, let why = silence(observation, on: node) { return .refused(why) }
        return .satisfied
    }

    /// Why a failover could not be measured from the operator's machine; nil where it could, or nobody knows.
    private func silence(_ observation: Observation, on node: NodeName) -> String? {
        let targets = outside(node)
        guard !targets.isEmpty, targets.allSatisfy({ observation.answers($0) == false }) else { return nil }
        let hosts = besides(node).joined(separator: ", ")
        return "the failover could not be measured from here: \(hosts) of \(node) answers this machine neither by "
            + "ICMP nor on TCP port 22, so \(probe.address.ip) beside it would not either. Name a port that will answer "
            + "there: [failover] probe = \"tcp:PORT\"; or run harun where the network lets it through"
    }

    package func remarks(_ observations: [NodeName: Observation]) -> [NodeName: String] {
        observations.compactMapValues { NetworkdLink.remark($0.facts) }
    }

    package func apply(_ node: NodeName, _ observations: [NodeName: Observation]) -> Script? { nil }
}
