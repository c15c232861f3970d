import ArgumentParser
import Execution
import Foundation
import Inventory
import Journaling
import Planning
import Runbooks
import SSH

/// A run as the journal knows it, with the very plan that its first process made.
///
/// Where `resume` and `rollback` begin: what a run did is taken back or gone on with by its own plan, never by
/// one that a changed file would give.
struct JournaledRun {
    let id: RunID
    let events: [Event]
    /// The fold of ``events``.
    let state: RunState
    let source: PlanSource
    /// The plan as it was journaled.
    let summary: PlanSummary
    /// The plan made anew of ``source``.
    let plan: Plan
    let runbook: Runbook
    /// The inventory as it was when the run began.
    let inventory: LoadedInventory

    /// Reads a run from the journal and plans it again.
    ///
    /// - Throws: an exit where there is no such run, or this harun cannot make its plan any more.
    init(_ id: RunID, in journal: Journal) async throws {
        self.id = id
        events = try await journal.events(of: id)
        guard let start = events.first(where: { $0.event == .start }) else {
            throw Console.failure("there is no run \(id)", next: "harun runs", .usage)
        }
        guard let source = start.source, let summary = start.plan else {
            throw Console.failure(
                "run \(id) was begun by harun \(start.version ?? "?"), which did not keep what its plan was made of",
                next: "harun show \(id)", .refused)
        }
        state = RunState(events)
        self.source = source
        self.summary = summary
        do throws(PlanSourceError) {
            let made = try source.plan()
            plan = made.plan
            runbook = made.runbook
            inventory = LoadedInventory(
                made.fleet, path: source.inventory, key: start.inventory ?? source.inventory)
        } catch {
            throw Console.failure(
                "harun \(Program.version) cannot make the plan of run \(id), which harun \(start.version ?? "?") made:\n"
                    + error.description, next: "harun show \(id)", .badInput)
        }
    }

    /// A recorder that writes on where the run's last process stopped.
    func recorder(_ journal: Journal, observer: @escaping @Sendable (Event) -> Void) -> Recorder {
        Recorder(run: id, journal: journal, after: state, observer: observer)
    }

    /// Connections to the run's nodes, none of them open yet.
    func connections() -> Connections { inventory.connections(to: plan) }
}
