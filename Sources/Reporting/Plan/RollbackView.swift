package import Execution
import Planning
import Steps
import Transport

/// What a rollback will do, node by node, from what actually happened: shown before anybody is asked.
package struct RollbackView {
    private let plan: RollbackPlan

    package init(_ plan: RollbackPlan) { self.plan = plan }

    /// A block for each node: its steps in the order in which they are taken back, how exactly, and what stays.
    package var text: String {
        let items = Dictionary(grouping: plan.items, by: \.node)
        return items.sorted { $0.key < $1.key }.map { node, items in
            let rows = items.map { item in
                let (word, reason) = words(item)
                return ["  " + item.step.id.description, word, item.step.action.summary + reason]
            }
            return "\(node)\n" + TextTable([], rows).text
        }.joined(separator: "\n")
    }

    private func words(_ item: RollbackPlan.Item) -> (word: String, reason: String) {
        switch item.step.action.undo {
        case .exact, .nothing: ("exact", "")
        case .bestEffort(let reason): ("best effort", ": " + reason)
        case .impossible(let reason): ("stays", ": " + reason)
        }
    }
}
