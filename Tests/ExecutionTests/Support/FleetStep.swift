import Documents
import Planning
import Steps
import Transport

/// A step of the whole fleet, made of a step of single nodes.
struct FleetStep: Action {
    static let kind = "test.fleet"

    let base: any Action
    var settling: Script?

    init(_ base: any Action, settling: Script? = nil) {
        self.base = base
        self.settling = settling
    }

    init?(reading with: TableReader, peers: [Peer]) { nil }

    var summary: String { base.summary }
    var stepClass: StepClass { base.stepClass }
    var undo: Undo { base.undo }
    var scope: Scope { .fleet }
    func neededIsProof(_ observations: [NodeName: Observation]) -> Bool { base.neededIsProof(observations) }
    func probe(_ node: NodeName) -> Script { base.probe(node) }
    func apply(_ node: NodeName, _ observations: [NodeName: Observation]) -> Script? { base.apply(node, observations) }
    func settle(_ node: NodeName) -> Script? { settling }
    func undo(_ node: NodeName) -> Script? { base.undo(node) }
}

/// A step whose undo promises that the node is as it was before.
struct ExactStep: Action {
    static let kind = "test.exact"

    let base: any Action

    init(base: any Action) { self.base = base }
    init?(reading with: TableReader, peers: [Peer]) { nil }

    var summary: String { base.summary }
    var stepClass: StepClass { base.stepClass }
    var undo: Undo { .exact }
    var scope: Scope { .node }
    func neededIsProof(_ observations: [NodeName: Observation]) -> Bool { base.neededIsProof(observations) }
    func probe(_ node: NodeName) -> Script { base.probe(node) }
    func apply(_ node: NodeName, _ observations: [NodeName: Observation]) -> Script? { base.apply(node, observations) }
    func undo(_ node: NodeName) -> Script? { base.undo(node) }
}

extension Plan {
    /// Makes a step one of the whole fleet.
    mutating func makeFleetWide(_ id: String, settling: Script? = nil) {
        for stage in stages.indices {
            for index in stages[stage].steps.indices where stages[stage].steps[index].id.step == id {
                stages[stage].steps[index].action = FleetStep(stages[stage].steps[index].action, settling: settling)
            }
        }
    }
}
