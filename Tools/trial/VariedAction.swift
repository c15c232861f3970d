import Documents
import Planning
import Steps
import Transport

/// A step with another scope and another promise about its undo than its own.
struct VariedAction: Action {
    static let kind = "trial.varied"

    let base: any Action
    let scope: Scope
    let undo: Undo

    init(base: any Action, scope: Scope, undo: Undo) {
        self.base = base
        self.scope = scope
        self.undo = undo
    }

    init?(reading with: TableReader, peers: [Peer]) { nil }

    var summary: String { base.summary }
    var stepClass: StepClass { base.stepClass }
    func neededIsProof(_ observations: [NodeName: Observation]) -> Bool { base.neededIsProof(observations) }
    var isUndoRepeatable: Bool { base.isUndoRepeatable }
    func probe(_ node: NodeName) -> Script { base.probe(node) }
    func judge(_ observations: [NodeName: Observation]) -> [NodeName: Verdict] { base.judge(observations) }
    func apply(_ node: NodeName, _ observations: [NodeName: Observation]) -> Script? { base.apply(node, observations) }
    func settle(_ node: NodeName) -> Script? { base.settle(node) }
    func undo(_ node: NodeName) -> Script? { base.undo(node) }
}
