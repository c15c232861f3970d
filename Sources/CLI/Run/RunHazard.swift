import Actions
import ArgumentParser
import Journaling
import Planning
import Steps
import Transport

/// What of a run without an end forbids that another one works on the same nodes.
///
/// Everything else of it may stay open: a short step that may be repeated is harmless, whoever comes next probes anew.
struct RunHazard {
    let old: RunStanding
    let new: RunStanding

    /// - Throws: an exit with code 4 where something of the old run may still be under way, or is unproved and would
    ///   perhaps be done twice.
    func refuse() throws {
        guard old.sharesNodes(with: new) else { return }
        let (id, state) = (old.record.id, old.state)
        if let pending = state.rollback {
            let to = pending.to.map { " --to \($0.shellQuoted)" } ?? ""
            throw Console.failure(
                "run \(id) was being taken back and did not come to the end of that; "
                    + "that is ended before another plan begins",
                next: "harun rollback \(id)\(to)", .refused)
        }
        if let key = state.units.keys.min(by: { ($0.node, $0.step.description) < ($1.node, $1.step.description) }) {
            throw Console.failure(
                "run \(id) began \(key.step) on \(key.node), which may still run there (\(state.units[key] ?? "")); "
                    + "its end is waited for before another plan begins",
                next: """
                    either take that run back:  harun rollback \(id)
                           or go on with it:            harun resume \(id)
                    """, .refused)
        }
        if let key = (state.unproved + state.open).first(where: isDangerous) {
            throw Console.failure(
                "run \(id) began \(key.step) on \(key.node) and nobody knows how it ended; "
                    + "a step that must not run twice is looked at before another plan begins",
                next: "put the inventory and the runbook of that run back (harun show \(id) --inventory), then: "
                    + "harun resume \(id)", .refused)
        }
    }

    /// A step that destroys, whoever comes next; and one that the new run would do again without a proof.
    private func isDangerous(_ key: RunState.Key) -> Bool {
        switch old.plan?.stages.flatMap(\.steps).first(where: { $0.id == key.step })?.stepClass {
        case .destructive: true
        case .once: new.isSameRunbook(as: old) && new.plan?.nodeNames.contains(key.node) == true
        default: false
        }
    }
}
