import Actions
import ArgumentParser
import Execution
import Journaling
import Planning
import Steps
import Transport

/// Begins a run, or goes on with the one of the same inventory that never came to its end.
///
/// Two plans are never mixed in one run: either the old run is gone on with by its own plan, or a new one begins. An
/// old run stays open beside a new one until that has done the same work, see ``RunStanding/supersedes(_:)``.
struct RunOpening {
    let loaded: LoadedInventory
    let source: PlanSource
    let plan: Plan
    let yes: Bool
    let outage: OutageOption
    let onFailure: OnFailure
    let output: OutputFormat
    let lease: LeaseOptions
    let steps: StepOptions
    /// The command to type again, for messages.
    let command: String

    /// Runs to the end.
    ///
    /// - Returns: the run, its connections still open.
    /// - Throws: an exit with the run's code where it is not done.
    func run() async throws -> DoneRun {
        try onFailure.validate()
        try Consent.secrets(for: loaded.fleet)
        let lock = try InventoryLock(inventory: loaded.key)
        defer { withExtendedLifetime(lock) {} }
        let journal = try StateFolder.openJournal()
        try await LeftOutNodes.note(inventory: loaded.key, except: nil, in: journal)
        let session = RunSession(
            loaded: loaded, plan: plan, journal: journal, onFailure: onFailure, output: output,
            lease: lease, outage: outage, steps: try steps.mode(for: plan))
        let runs = try await InventoryRuns(loaded.key, journal)
        let open = try await runs.unfinished()
        let new = RunStanding(
            record: RunRecord(
                id: RunID("new"), started: "", inventory: loaded.key, runbook: plan.runbook, result: nil),
            state: RunState(), plan: PlanSummary(plan), source: source)
        if let same = open.first(where: isSamePlan), try isContinued(same.record) {
            try await runs.refuseHazards(behind: same)
            return try await session.resume(try await JournaledRun(same.record.id, in: journal))
        }
        for old in open { try RunHazard(old: old, new: new).refuse() }
        for old in open where !isSamePlan(old) { await note(old, beside: new, journal) }
        try Consent.ask(for: plan, inventory: loaded.path, command: command, yes: yes || steps.step)
        return try await session.start(source)
    }

    /// Whether going on with a run would be this very one; what is being taken back on purpose is not.
    private func isSamePlan(_ old: RunStanding) -> Bool {
        old.source?.hasSamePlan(as: source) == true && old.plan == PlanSummary(plan) && !old.state.isTakenBack
    }

    /// Whether the old run, whose plan is the same, is to be gone on with; says what it found.
    private func isContinued(_ old: RunRecord) throws -> Bool {
        Console.err("note:  run \(old.id) of this inventory \(Self.end(of: old)), and its plan is the same")
        if yes {
            Console.err("note:  going on with it, as harun resume \(old.id) does")
            return true
        }
        guard Console.canAsk else {
            throw Console.failure(
                "there is no terminal to ask on whether to go on with run \(old.id)",
                next: "harun resume \(old.id) --yes", .usage)
        }
        return Console.ask("Go on with run \(old.id)? (no: a new run)")
    }

    /// Says what becomes of an old run when a new one begins.
    private func note(_ old: RunStanding, beside new: RunStanding, _ journal: Journal) async {
        let id = old.record.id
        let end = "note:  run \(id) of this inventory \(Self.end(of: old.record))"
        guard new.isSameWork(as: old) else {
            let why = new.isSameRunbook(as: old) ? "is about other nodes" : "is another runbook, \(old.record.runbook)"
            Console.err("\(end) and \(why): it stays open, see harun show \(id)")
            return
        }
        Console.err("\(end), and this is another plan")
        if let run = try? await JournaledRun(id, in: journal) {
            let changes = PlanChanges(run)
            Console.err(changes.isEmpty ? "the same files, with other stages" : changes.text)
        }
        Console.err("it is closed once the new run has begun, and has looked at what it left without a proved end")
    }

    private static func end(of old: RunRecord) -> String {
        old.result.map { "ended as \($0.rawValue)" } ?? "never wrote its end"
    }
}
