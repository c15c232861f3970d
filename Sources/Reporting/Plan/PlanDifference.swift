package import Planning
import Steps
import Transport

/// Which steps are different between two plans, as far as their summaries tell.
package struct PlanDifference {
    /// One line a step.
    package let lines: [String]

    /// - Parameter new: nil where the files give no plan any more.
    package init(_ old: PlanSummary, _ new: PlanSummary?) {
        guard let new else {
            lines = ["there is no plan any more: the files are wrong"]
            return
        }
        let before = old.stages.flatMap(\.steps)
        let after = new.stages.flatMap(\.steps)
        var lines: [String] = []
        for step in before {
            guard let twin = after.first(where: { $0.id == step.id }) else {
                lines.append("\(step.id): falls away")
                continue
            }
            if twin == step { continue }
            var words: [String] = []
            if twin.action != step.action { words.append("\(step.action) becomes \(twin.action)") }
            if twin.summary != step.summary { words.append("\"\(step.summary)\" becomes \"\(twin.summary)\"") }
            if twin.nodes != step.nodes {
                let names = twin.nodes.map(\.text).joined(separator: ", ")
                words.append("on \(names) instead of \(step.nodes.map(\.text).joined(separator: ", "))")
            }
            lines.append("\(step.id): \(words.isEmpty ? "its class or undo" : words.joined(separator: "; "))")
        }
        for step in after where !before.contains(where: { $0.id == step.id }) { lines.append("\(step.id): is new") }
        if old.nodes != new.nodes {
            lines.append("nodes: \(old.nodes.map(\.name.text)) become \(new.nodes.map(\.name.text))")
        }
        self.lines = lines
    }
}
