import Actions
import ArgumentParser
import Execution
import Foundation
import Inventory
import Journaling
import Planning
import Runbooks
import Transport

/// Begins a run, or goes on with the one of the same inventory that never came to its end.
///
/// Two plans are never mixed in one run: either the old run is gone on with by its own plan, or it is closed
/// in the journal and a new one begins.
struct RunOpening {
    let loaded: LoadedInventory
    let source: PlanSource
    let plan: Plan
    let yes: Bool
    let onFailure: OnFailure
    let output: OutputFormat
    let lease: LeaseOptions
    let steps: StepOptions
    /// The command to type again, for messages.
    let command: String

    /// Runs to the end.
    ///
    /// - Returns: the connections, still open.
    /// - Throws: an exit with the run's code where it is not done.
    func run() async throws -> Connections {
        try onFailure.validate()
        try Consent.secrets(for: loaded.fleet)
        let lock = try InventoryLock(inventory: loaded.key)
        defer { withExtendedLifetime(lock) {} }
        let journal = try StateFolder.openJournal()
        let session = RunSession(
            loaded: loaded, plan: plan, journal: journal, onFailure: onFailure, output: output,
            lease: lease, steps: try steps.mode(for: plan))
        if let old = try await journal.unfinishedRun(inventory: loaded.key) {
            if try await isContinued(old, in: journal) {
                return try await session.resume(try await JournaledRun(old.id, in: journal))
            }
            let state = try await closable(old, in: journal)
            try Consent.ask(for: plan, inventory: loaded.path, command: command, yes: yes || steps.step)
            try await close(old, at: state, in: journal)
        } else {
            try Consent.ask(for: plan, inventory: loaded.path, command: command, yes: yes || steps.step)
        }
        return try await session.start(source)
    }

    /// Whether the old run is to be gone on with; says what it found.
    private func isContinued(_ old: RunRecord, in journal: Journal) async throws -> Bool {
        let events = try await journal.events(of: old.id)
        let start = events.first { $0.event == .start }
        let isSame = start?.source?.hasSamePlan(as: source) == true && start?.plan == PlanSummary(plan)
        let end = old.result.map { "ended as \($0.rawValue)" } ?? "never wrote its end"
        guard isSame else {
            Console.err("note:  run \(old.id) of this inventory \(end), and this is another plan")
            if let run = try? await JournaledRun(old.id, in: journal) {
                let changes = PlanChanges(run)
                Console.err(changes.isEmpty ? "the same files, with other stages or nodes" : changes.text)
            }
            return false
        }
        Console.err("note:  run \(old.id) of this inventory \(end), and its plan is the same")
        if yes {
            Console.err("note:  going on with it, as harun resume \(old.id) does")
            return true
        }
        guard Console.canAsk else {
            throw Console.failure(
                "there is no terminal to ask on whether to go on with run \(old.id)", next: "harun resume \(old.id)",
                .usage)
        }
        return Console.ask("Go on with run \(old.id)? (no: a new run)")
    }

    /// Where the old run stands, if another plan may take over there.
    ///
    /// A short step that may be repeated is harmless: the new plan probes it anew.
    ///
    /// - Throws: an exit where something of the old run may still be under way, or is unproved and cannot be repeated.
    private func closable(_ old: RunRecord, in journal: Journal) async throws -> RunState {
        let events = try await journal.events(of: old.id)
        let state = RunState(events)
        if let pending = state.rollback {
            let to = pending.to.map { " --to \($0.shellQuoted)" } ?? ""
            throw Console.failure(
                "run \(old.id) was being taken back and did not come to the end of that; "
                    + "that is ended before another plan begins",
                next: "harun rollback \(old.id)\(to)", .refused)
        }
        if let key = state.units.keys.min(by: { ($0.node, $0.step.description) < ($1.node, $1.step.description) }) {
            throw Console.failure(
                "run \(old.id) began \(key.step) on \(key.node), which may still run there (\(state.units[key] ?? "")); "
                    + "its end is waited for before another plan begins",
                next: """
                    either take that run back:  harun rollback \(old.id)
                           or go on with it:            harun resume \(old.id)
                    """, .refused)
        }
        let steps = (events.first { $0.event == .start }?.plan?.stages ?? []).flatMap(\.steps)
        let destructive = Set(steps.filter { $0.stepClass == .destructive }.map(\.id))
        let unproved = (state.unproved + state.open).filter { destructive.contains($0.step) }
        if let key = unproved.first {
            throw Console.failure(
                "run \(old.id) began \(key.step) on \(key.node) and nobody knows how it ended; "
                    + "a step that destroys is proved before another plan begins",
                next: "put the inventory and the runbook of that run back (harun show \(old.id) --inventory), then: "
                    + "harun resume \(old.id)", .refused)
        }
        return state
    }

    /// Closes the old run in the journal: a new plan takes over.
    private func close(_ old: RunRecord, at state: RunState, in journal: Journal) async throws {
        var end = Event(.end, run: old.id, time: Recorder.timestamp())
        end.result = .superseded
        end.message = "a new run of \(loaded.absolutePath) begins with another plan"
        end.changed = state.count(.applied, .kept)
        end.unchanged = state.count(.unchanged)
        end.skipped = state.count(.skipped)
        end.failed = state.failures.count
        try await journal.append([end])
    }
}
