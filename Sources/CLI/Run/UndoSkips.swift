import Execution
import Foundation
import Journaling
import Planning
import Transport

/// What `--skip` names among what a rollback would take back.
enum UndoSkips {
    /// - Parameters:
    ///   - words: `STAGE/STEP` for all its nodes, `STAGE/STEP@NODE`, or `*@NODE` for all of a node's steps.
    ///   - reason: why, for whoever reads the journal.
    /// - Throws: an exit where a word names nothing that is left to take back, or the reason is missing.
    static func parse(
        _ words: [String], reason: String?, among items: [RollbackPlan.Item]
    ) throws -> [RunState.Key: String] {
        if words.isEmpty, reason == nil { return [:] }
        if words.isEmpty {
            throw Console.failure("--reason says why --skip leaves an undo out; give --skip STEP", .usage)
        }
        guard let reason = reason?.trimmingCharacters(in: .whitespacesAndNewlines), !reason.isEmpty else {
            throw Console.failure(
                "an undo is left out for a reason, which is kept in the journal", next: "add --reason TEXT", .usage)
        }
        var skips: [RunState.Key: String] = [:]
        for word in words {
            let parts = word.split(separator: "@", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
            let found = items.filter { item in
                let isStep = parts[0] == item.step.id.description || parts[0] == "*" && parts.count == 2
                return isStep && (parts.count == 1 || parts[1] == item.node.text)
            }
            if found.isEmpty {
                let names = items.map { "\($0.step.id)@\($0.node)" }.sorted().joined(separator: ", ")
                throw Console.failure(
                    "--skip \(word) names nothing that is left to take back",
                    next: names.isEmpty ? "nothing is left" : "one of: \(names)", .usage)
            }
            for item in found { skips[RunState.Key(step: item.step.id, node: item.node)] = reason }
        }
        return skips
    }
}
