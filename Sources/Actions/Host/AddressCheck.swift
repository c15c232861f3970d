package import Documents
package import Transport

/// Looks early whether the floating address can be on every node, and whether somebody has it already.
///
/// What keeps the cluster from taking it is found again right before it does, see ``CIBResourcesAction``; but by then
/// the machine is shut down and its disk copied.
package struct AddressCheck: Action {
    package static let kind = "address.check"

    private let probe: AddressProbe
    private let peers: [Peer]

    package let stepClass = StepClass.pure
    package let undo = Undo.nothing
    package let scope = Scope.fleet
    package var summary: String {
        "check that \(probe.address.ip) is free, and that every node has an interface for it"
    }

    package init?(reading with: TableReader, peers: [Peer]) {
        let interface = with.string("interface")
        _ = with.required("address")
        guard let address = with.floatingAddress("address") else { return nil }
        probe = AddressProbe(address: address, interface: interface)
        self.peers = peers
    }

    package func probe(_ node: NodeName) -> Script {
        let ip = probe.address.ip.shellQuoted
        return Script(
            """
            \(probe.words)
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
        return .satisfied
    }

    package func apply(_ node: NodeName, _ observations: [NodeName: Observation]) -> Script? { nil }
}
