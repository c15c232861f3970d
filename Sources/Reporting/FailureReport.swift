package import Execution
package import Journaling
import Planning
import Transport

/// A failure in four lines: where, what happened, what harun did about it, and what to type next.
package struct FailureReport {
    private let failure: StepFailure
    private let result: RunResult
    private let run: RunID
    private let inventory: String

    package init(_ failure: StepFailure, result: RunResult, run: RunID, inventory: String) {
        self.failure = failure
        self.result = result
        self.run = run
        self.inventory = inventory
    }

    /// The four parts, each beginning with its own word.
    package var text: String {
        var lines = ["\nerror: \(place)", indented(failure.message)]
        if let output = failure.output, !output.isEmpty { lines.append(indented(output)) }
        lines.append("state: \(state)")
        lines.append("next:  \(next)")
        return lines.joined(separator: "\n")
    }

    private var place: String {
        var words = [failure.node?.text, failure.step?.description].compactMap { $0 }
        if let script = failure.script {
            let first = script.split(whereSeparator: \.isNewline).first { !$0.hasPrefix("#") } ?? ""
            words.append("`\(first.prefix(80))`")
        }
        return words.isEmpty ? "the run" : words.joined(separator: " · ")
    }

    private var state: String {
        switch result {
        case .rolledBack: "the stage was taken back; the nodes stand at the last checkpoint"
        case .refused: "a guard refused; what the stage had done was taken back, the checkpoints before it stand"
        case .unknown: "nobody can prove what the step did; nothing was taken back"
        case .interrupted: "stopped between two steps"
        case .failed where failure.step == nil: "nothing was changed on any node"
        case .failed, .done: "the stage stands as it failed; the checkpoints before it hold"
        }
    }

    private var next: String {
        if let transport = failure.transport { return transport.advice(inventory: inventory) }
        let inventory = inventory.shellQuoted
        switch failure.kind {
        case .refused: return "mend what the guard names, then: harun deploy \(inventory)"
        case .unknown: return "look at the node, then: harun show \(run) --scripts"
        case .failed: return "harun show \(run) --scripts; after mending it: harun deploy \(inventory)"
        }
    }

    private func indented(_ text: String) -> String {
        text.split(whereSeparator: \.isNewline).map { "       " + $0 }.joined(separator: "\n")
    }
}
