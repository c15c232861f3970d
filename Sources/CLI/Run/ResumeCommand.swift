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

            harun resume inventory.toml       the run of this inventory that did not end well
            harun resume RUN                  this one; see harun runs

            Several such runs of an inventory are listed and asked for, and so are those of all inventories where \
            neither is named. What was taken back on purpose is never done again here: that is a new run. The \
            inventory and the runbook must be as they were when the run began; what changed is shown. docs/runs.md \
            explains all of it.
            """)

    @Argument(help: ArgumentHelp("The inventory, or a run of it.", valueName: "inventory|run")) var subject: String?
    @Flag(help: "Do not ask before it goes on.") var yes = false
    @Option(help: "What to do when a stage failed: rollback, stop or ask.") var onFailure = OnFailure.rollback
    @OptionGroup var outage: OutageOption
    @Option(help: ArgumentHelp("Go on without this node, which does not answer.", valueName: "node"))
    var without: [String] = []
    @OptionGroup var steps: StepOptions
    @OptionGroup var lease: LeaseOptions
    @OptionGroup var log: LogOptions
    @Option(help: "live, plain or json.") var output = OutputFormat.live

    func run() async throws {
        try onFailure.validate()
        let journal = try StateFolder.openJournal()
        let choice = RunChoice(
            journal: journal, verb: "resume", purpose: "waits to be gone on with",
            candidates: { try await $0.resumable() })
        let subject = try await choice.subject(subject)
        let lock = try InventoryLock(inventory: subject.inventory)
        defer { withExtendedLifetime(lock) {} }
        let id = try await choose(subject, choice)
        let run = try await JournaledRun(id, in: journal)
        try refuseChanges(run)
        try Consent.resume(run, yes: yes || steps.step)
        try Consent.secrets(for: run.inventory.fleet)
        let session = RunSession(
            loaded: run.inventory, plan: run.plan, journal: journal, onFailure: onFailure, output: output,
            lease: lease, outage: outage, steps: try steps.mode(for: run.plan))
        try await LeftOutNodes.note(inventory: run.inventory.key, except: run.id, in: journal)
        await (try await session.resume(run, without: Set(without.map { NodeName($0) }))).connections
            .closeAll()
    }

    /// The run that is meant, now that nobody else works on its inventory.
    ///
    /// - Throws: an exit where it is no run to go on with.
    private func choose(_ subject: RunSubject, _ choice: RunChoice) async throws -> RunID {
        let runs = try await InventoryRuns(subject.inventory, choice.journal)
        var record: RunRecord
        switch subject {
        case .run(let named): record = named
        case .inventory(let inventory): record = try await choice.run(of: inventory)
        }
        record = await runs.current(record)
        let run = try await runs.standing(of: record)
        if run.state.isTakenBack, run.state.rollback == nil {
            throw Console.failure(
                "run \(record.id) was taken back on purpose; to do it again is a new run",
                next: Self.anew(run), .refused)
        }
        if let newer = try await runs.successor(of: run) {
            throw Console.failure(
                "run \(newer.record.id) of the same runbook and nodes began later, so run \(record.id) knows nothing "
                    + "of what is there now",
                next: newer.isResumable ? "harun resume \(newer.record.id)" : Self.anew(newer), .refused)
        }
        try await runs.refuseHazards(behind: run)
        return record.id
    }

    /// The command that does the same as a new run.
    private static func anew(_ run: RunStanding) -> String {
        let inventory = (run.source?.inventory ?? run.record.inventory).shellQuoted
        if run.record.runbook == "ha-cluster" { return "harun deploy \(inventory)" }
        let folder = run.source.map { URL(fileURLWithPath: $0.runbook).deletingLastPathComponent().path.shellQuoted }
        return "harun run \(folder ?? "RUNBOOK") \(inventory)"
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
