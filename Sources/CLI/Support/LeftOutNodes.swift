import ArgumentParser
import Execution
import Foundation
import Journaling
import Planning
import Transport

/// Nodes that runs went on without: what stands there is named until it is decided.
enum LeftOutNodes {
    /// Says which runs of an inventory still have work on a node that they were taken back or gone on without.
    ///
    /// - Parameter run: a run of which nothing is said, since it is what goes on now.
    static func note(inventory: String, except run: RunID?, in journal: Journal) async throws {
        let newest = try await journal.runs(of: inventory, limit: 1).first?.id
        for id in try await journal.runsLeavingOut(inventory: inventory) where id != run {
            let events = try await journal.events(of: id)
            let state = RunState(events)
            let isTakenBack = events.last { [.resume, .rollback].contains($0.event) }?.event == .rollback
            // What a run did not do yet is done by any later one; what it did not take back is nobody else's.
            guard isTakenBack || id == newest else { continue }
            for node in state.leftOut.sorted() {
                let count = state.touched.count { $0.node == node }
                if count == 0 { continue }
                Console.err(
                    "note:  run \(id) was left half done on \(node), which did not answer: \(count) of its steps stand there; "
                        + "see harun show \(id), then: harun \(isTakenBack ? "rollback" : "resume") \(id)")
            }
        }
    }
}

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
