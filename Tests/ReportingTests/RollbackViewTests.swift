import Documents
import Execution
import Journaling
import Reporting
import Steps
import Testing
import Transport

@testable import Planning

/// A step that can be taken back as far as it says.
private struct Undoable: Action {
    static let kind = "test.undoable"
    var summary: String
    var stepClass = StepClass.converge
    var undo: Undo
    var scope: Scope { .node }

    init(_ summary: String, _ undo: Undo) {
        self.summary = summary
        self.undo = undo
    }

    init?(reading with: TableReader, peers: [Peer]) { nil }
    func probe(_ node: NodeName) -> Script { Script("satisfied") }
    func apply(_ node: NodeName, _ observations: [NodeName: Observation]) -> Script? { nil }
    func undo(_ node: NodeName) -> Script? { Script("exit 0") }
}

@Suite("What a rollback will do")
struct RollbackViewTests {
    @Test("is shown node by node, newest first, with what stays and why")
    func text() {
        let actions: [(String, Undoable)] = [
            ("fstab", Undoable("clean /etc/fstab", .exact)), ("login", Undoable("log in", .bestEffort("it may stay"))),
            ("format", Undoable("make a file system", .impossible("nothing brings it back"))),
            ("look", Undoable("look", .nothing)),
        ]
        let steps = actions.map { id, action in
            PlannedStep(
                id: StepID(stage: "storage", step: id), kind: "test.undoable", action: action,
                target: .nodes(["nodo1", "nodo2"]), isRolling: false)
        }
        let stage = PlannedStage(name: "storage", summary: "", steps: steps)
        let events = actions.flatMap { id, _ in
            (id == "format" ? ["nodo1"] : ["nodo1", "nodo2"]).flatMap { node in
                [Samples.event(.intent, id, NodeName(node)), Samples.event(.applied, id, NodeName(node))]
            }
        }
        let view = RollbackView(RollbackPlan([stage], RunState(events)))
        #expect(
            view.text == """
                nodo1
                  storage/format  stays        make a file system: nothing brings it back
                  storage/login   best effort  log in: it may stay
                  storage/fstab   exact        clean /etc/fstab
                nodo2
                  storage/login  best effort  log in: it may stay
                  storage/fstab  exact        clean /etc/fstab
                """)
    }
}
