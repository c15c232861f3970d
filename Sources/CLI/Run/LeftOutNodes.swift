import Journaling
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
