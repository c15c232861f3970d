import ArgumentParser
import Execution
import Foundation
import Journaling
import Planning
import Runbooks
import Transport

/// `harun resume`: goes on with a run after a failure, a Ctrl-C or a crash.
struct ResumeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "resume", abstract: "Go on with a run after a failure, a Ctrl-C or a crash.",
        discussion: """
            Every step that was done is proved again; what is not true any more is shown as drift and mended. A step \
            that was begun and has no outcome is decided by its probe. What destroys is never repeated without proof \
            that it did not happen: that ends with exit code 3 and says where to look.

            Without RUN it takes the newest run that did not end well, of those that no later run of their inventory \
            came after; one that was rolled back only where there is no other. The inventory and the runbook must be \
            as they were when the run began; what changed is shown. docs/runs.md explains all of it.
            """)

    @Argument(help: "The run; see harun runs.") var run: String?
    @Option(help: "What to do when a stage failed: rollback, stop or ask.") var onFailure = OnFailure.rollback
    @OptionGroup var steps: StepOptions
    @OptionGroup var lease: LeaseOptions
    @Option(help: "live, plain or json.") var output = OutputFormat.live

    func run() async throws {
        try onFailure.validate()
        let journal = try StateFolder.openJournal()
        let record = try await choose(in: journal)
        let lock = try InventoryLock(inventory: record.inventory)
        defer { withExtendedLifetime(lock) {} }
        let run = try await JournaledRun(record.id, in: journal)
        try refuseChanges(run)
        try Consent.secrets(for: run.inventory.fleet)
        let session = RunSession(
            loaded: run.inventory, plan: run.plan, journal: journal, onFailure: onFailure, output: output,
            lease: lease, steps: try steps.mode(for: run.plan))
        await (try await session.resume(run)).closeAll()
    }

    /// The run that is meant.
    private func choose(in journal: Journal) async throws -> RunRecord {
        let runs = try await journal.runs(limit: 1000)
        guard let name = run else {
            var seen: Set<String> = []
            let candidates = runs.filter { seen.insert($0.inventory).inserted }.filter(\.isResumable)
            // What was taken back waits for nobody; anything else left something on its nodes.
            guard let record = candidates.first(where: { $0.result != .rolledBack }) ?? candidates.first else {
                throw Console.failure("there is no run that did not end well", next: "harun runs", .usage)
            }
            let end = record.result?.rawValue ?? "no end"
            Console.err("note:  run \(record.id) of \(record.inventory) (\(record.runbook), \(end))")
            return record
        }
        guard let record = runs.first(where: { $0.id.text == name }) else {
            throw Console.failure("there is no run \(name)", next: "harun runs", .usage)
        }
        if let newer = runs.first(where: { $0.inventory == record.inventory }), newer.id != record.id {
            throw Console.failure(
                "run \(newer.id) of the same inventory began later, so run \(record.id) knows nothing of what is there now",
                next: newer.isResumable ? "harun resume \(newer.id)" : "harun deploy \(record.inventory.shellQuoted)",
                .refused)
        }
        return record
    }

    /// - Throws: an exit where the inventory or the runbook is not what the run began with.
    private func refuseChanges(_ run: JournaledRun) throws {
        let changes = PlanChanges(run)
        if changes.isEmpty { return }
        Console.err(changes.text)
        let again =
            run.runbook.name == "ha-cluster"
            ? "harun deploy" : "harun run \(URL(fileURLWithPath: run.source.runbook).deletingLastPathComponent().path)"
        throw Console.failure(
            "run \(run.id) goes on with its own plan only; nothing was done",
            next: """
                either put the old file back:  \(changes.restore)
                       or plan anew:                  \(again) \(run.source.inventory)
                """, .refused)
    }
}
