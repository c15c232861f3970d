import Actions
package import Execution
package import Journaling
package import Planning
import Steps
package import Transport

/// A failure in four lines: where, what happened, what harun did about it, and what to type next.
package struct FailureReport {
    private let failure: StepFailure
    private let others: [NodeName]
    private let result: RunResult
    private let outcome: RunState
    private let run: RunID
    private let inventory: String
    /// The step as it was planned, where the failure is one of a step.
    private let planned: PlanSummary.Step?

    /// - Parameters:
    ///   - others: further nodes on which the same thing happened.
    ///   - plan: what the run was to do, for the words of its steps.
    ///   - outcome: where the run stands after whatever was taken back.
    package init(
        _ failure: StepFailure, alsoOn others: [NodeName] = [], plan: PlanSummary, result: RunResult, outcome: RunState,
        run: RunID, inventory: String
    ) {
        planned = failure.step.flatMap { id in plan.stages.lazy.flatMap(\.steps).first { $0.id == id } }
        self.failure = failure
        self.others = others
        self.result = result
        self.outcome = outcome
        self.run = run
        self.inventory = inventory
    }

    /// Failures that tell the same story on several nodes, told once.
    package static func group(_ failures: [StepFailure]) -> [(failure: StepFailure, others: [NodeName])] {
        var groups: [(failure: StepFailure, others: [NodeName])] = []
        for failure in failures {
            let twin = groups.firstIndex { group in
                var twin = group.failure
                twin.node = failure.node
                return twin == failure && failure.transport == nil
            }
            if let twin, let node = failure.node {
                groups[twin].others.append(node)
            } else {
                groups.append((failure, []))
            }
        }
        return groups
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
        let nodes = ([failure.node].compactMap { $0 } + others).map(\.text).joined(separator: ", ")
        var words = [nodes, failure.step?.description ?? ""].filter { !$0.isEmpty }
        if let planned, planned.action != ShellAction.kind {
            // Its script is harun's own: the first line says nothing of what it does.
            words.append(planned.summary)
        } else if let script = failure.script {
            let first = script.split(whereSeparator: \.isNewline).first { !$0.hasPrefix("#") } ?? ""
            words.append("`\(first.prefix(80))`")
        }
        return words.isEmpty ? "the run" : words.joined(separator: " · ")
    }

    private var state: String {
        let isTakenBack = outcome.count(.undone) > 0
        let left = outcome.progress.filter { key, progress in
            // What failed and cannot be taken back stays failed.
            [.undoFailed, .kept].contains(progress) || isTakenBack && progress == .failed && outcome.stands(key)
        }.keys.map { "\($0.step) on \($0.node)" }.sorted()
        if result == .unknown { return "nobody can prove what the step did; nothing was taken back" }
        if !left.isEmpty { return "the stage was taken back but for \(left.joined(separator: ", "))" }
        if failure.isLeftOut { return "everything else was done; what the run has to do on that node waits for it" }
        if failure.step == nil {
            return outcome.resumes == 0
                ? "nothing was changed on any node" : "nothing more was done; the run stands as it did"
        }
        let stage = failure.step?.stage
        let isUntouched = !outcome.touched.contains { $0.step.stage == stage && outcome.progress[$0] != .refused }
        if isUntouched, isTakenBack { return "the stage was taken back; the nodes stand at the last checkpoint" }
        return isUntouched
            ? "this stage has changed nothing; the checkpoints before it hold"
            : "the stage stands as it failed; the checkpoints before it hold"
    }

    private var next: String {
        if failure.isLeftOut { return "once it answers again: harun resume \(run)" }
        if let transport = failure.transport {
            let advice = transport.advice(inventory: inventory)
            return failure.step == nil ? advice : "\(advice)\n       and then: harun resume \(run)"
        }
        if let holder = failure.lease {
            return holder.isOver
                ? "the same command with --take-lease, once you know that run \(holder.run) of \(holder.owner) is dead"
                : "wait for run \(holder.run), or ask \(holder.owner); a killed run is gone on with there: "
                    + "harun resume \(holder.run)"
        }
        // A changed inventory is another plan, and another run.
        let again = "harun resume \(run), or with a changed inventory: harun deploy \(inventory.shellQuoted)"
        switch failure.kind {
        case .refused: return "mend what the guard names, then: \(again)"
        case .unknown: return "look at the node (harun show \(run) --scripts), then: harun resume \(run)"
        case .failed: return "harun show \(run) --scripts; after mending it: \(again)"
        }
    }

    private func indented(_ text: String) -> String {
        text.split(whereSeparator: \.isNewline).map { "       " + $0 }.joined(separator: "\n")
    }
}
