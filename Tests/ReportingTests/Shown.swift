import Documents
import Steps
import Transport

/// A step that exists to be shown.
struct Shown: Action {
    static let kind = "test.shown"
    var summary = "make a file system"
    var stepClass = StepClass.destructive
    var undo = Undo.impossible("what was there is gone")
    var scope = Scope.node
    var changesConfiguration = false
    var provesConfiguration = false

    init(scope: Scope = .node, changesConfiguration: Bool = false, provesConfiguration: Bool = false) {
        self.scope = scope
        self.changesConfiguration = changesConfiguration
        self.provesConfiguration = provesConfiguration
    }
    init?(reading with: TableReader, peers: [Peer]) { nil }
    func probe(_ node: NodeName) -> Script { Script("satisfied") }
    func apply(_ node: NodeName, _ observations: [NodeName: Observation]) -> Script? { nil }
}
