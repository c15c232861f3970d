import ArgumentParser
import Execution
import Foundation
import Journaling
import Planning
import Reporting
import Steps
import Transport

/// `harun rollback`: takes a run back, shown first and verified after.
struct RollbackCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rollback", abstract: "Take a run back to its start, or to the end of a stage.",
        discussion: """
            Shows node by node what the run did and what can be undone of it, in reverse: exactly, as far as it goes, \
            or not at all. Never undone: data on a LUN, packages that something else needs by now, files that \
            somebody changed since. What was cut off goes on when it is typed again.

            harun rollback inventory.toml             its newest run that left something
            harun rollback RUN --to storage           keep everything up to the end of the stage storage

            harun rollback RUN --skip storage/mount@nodo2 --reason TEXT
                                                      leave one undo out, for good: its step stays, the run is over
            harun rollback RUN --without nodo2        leave out a node that does not answer; the same command without
                                                      --without finishes what waits there

            Where another run of it has no proved end, or neither is named, the runs are listed and asked for.

            Exit code 0: everything was taken back that can be. 1: something was left; harun show RUN tells what.
            """)

    @Argument(help: ArgumentHelp("The inventory, or a run of it.", valueName: "inventory|run")) var subject: String?
    @Option(help: ArgumentHelp("Stop at the end of this stage.", valueName: "stage")) var to: String?
    @Option(
        help: ArgumentHelp(
            "Do not take this step back, ever: STAGE/STEP, STAGE/STEP@NODE or *@NODE.", valueName: "step"))
    var skip: [String] = []
    @Option(help: "Why --skip leaves it out; kept in the journal and shown with the run.") var reason: String?
    @Option(help: ArgumentHelp("Leave out this node, which does not answer.", valueName: "node")) var without:
        [String] = []
    @Flag(help: "Do not ask.") var yes = false
    @OptionGroup var lease: LeaseOptions
    @OptionGroup var log: LogOptions
    @Option(help: "live, plain or json.") var output = OutputFormat.live

    func run() async throws {
        let journal = try StateFolder.openJournal()
        let choice = RunChoice(
            journal: journal, verb: "rollback", purpose: "has anything left to take back",
            candidates: { try await $0.revocable() })
        let subject = try await choice.subject(subject)
        let lock = try InventoryLock(inventory: subject.inventory)
        defer { withExtendedLifetime(lock) {} }
        let id: RunID
        switch subject {
        case .run(let record): id = record.id
        case .inventory(let inventory): id = try await choice.run(of: inventory).id
        }
        let run = try await JournaledRun(id, in: journal)
        try await refuseBehindLaterRuns(run, journal)
        try check(run)
        try await LeftOutNodes.note(inventory: run.inventory.key, except: id, in: journal)
        let stages = run.plan.stages(behind: to)
        let skips = try UndoSkips.parse(skip, reason: reason, among: RollbackPlan(stages, run.state).items)
        try checkAbsent(in: run)
        let plan = RollbackPlan(stages, run.state, skipping: Set(skips.keys), without: absent)
        // What stands on a node that is left out stands: the run is told so, and the node may yet answer.
        let isNothingLeft = RollbackPlan(stages, run.state, skipping: Set(skips.keys)).isEmpty && skips.isEmpty
        // One that was cut off behind its last undo still has to write its end.
        if isNothingLeft, run.state.rollback.map({ $0.to == to }) != true {
            Console.err("nothing of run \(id) stands behind \(target(run)); nothing was done")
            return
        }
        if !isNothingLeft {
            show(plan, run, skips)
            try consent(run)
        }
        try await RollbackSession(
            run: run, checkpoint: to, skips: skips, absent: absent, lease: lease, output: output
        ).run(journal)
    }

    private var absent: Set<NodeName> { Set(without.map { NodeName($0) }) }

    /// A node that the run does not have is a slip of the pen.
    private func checkAbsent(in run: JournaledRun) throws {
        if let stranger = absent.subtracting(run.plan.nodes).sorted().first {
            throw Console.failure(
                "run \(run.id) has no node \(stranger)",
                next: "one of: " + run.plan.nodes.map(\.text).joined(separator: ", "), .usage)
        }
    }

    /// A later run may stand on what this one did.
    private func refuseBehindLaterRuns(_ run: JournaledRun, _ journal: Journal) async throws {
        let runs = try await InventoryRuns(run.inventory.key, journal)
        for record in await runs.later(than: run.id)
        where try await runs.standing(of: record).hasWorkToTakeBack(except: absent) {
            // What waits on a node that is left out here as well does not stand in the way on the others.
            throw Console.failure(
                "run \(record.id) of the same inventory came later and may stand on what \(run.id) did",
                next: "take that one back first: harun rollback \(record.id)", .refused)
        }
    }

    private func check(_ run: JournaledRun) throws {
        guard let to else { return }
        if !run.plan.stages.contains(where: { $0.name == to }) {
            throw Console.failure(
                "run \(run.id) has no stage `\(to)`",
                next: "one of: " + run.plan.stages.map(\.name).joined(separator: ", "), .usage)
        }
        if !run.state.checkpoints.contains(to) {
            throw Console.failure(
                "run \(run.id) never reached the end of its stage `\(to)`",
                next: "harun show \(run.id) tells how far it came", .usage)
        }
    }

    private func target(_ run: JournaledRun) -> String {
        to.map { "the end of its stage \($0)" } ?? "its start"
    }

    /// The preview is no result where events are: it goes to standard error then.
    private func show(_ plan: RollbackPlan, _ run: JournaledRun, _ skips: [RunState.Key: String]) {
        let left =
            skips.map { "not taken back, ever: \($0.key.step) on \($0.key.node) (\($0.value))\n" }.sorted()
            + absent.sorted().map { "left out until it answers again: \($0)\n" }
        let text = """
            run \(run.id): \(run.plan.runbook) on \(run.plan.subject), back to \(target(run))

            \(RollbackView(plan).text)
            \(left.joined())
            """
        if output == .json { Console.err(text) } else { Console.out(text) }
    }

    private func consent(_ run: JournaledRun) throws {
        if yes { return }
        guard Console.canAsk else {
            var words = ["harun", "rollback", run.id.text]
            if let to { words += ["--to", to] }
            for step in skip { words += ["--skip", step] }
            if let reason { words += ["--reason", reason] }
            for node in without { words += ["--without", node] }
            words.append("--yes")
            throw Console.failure(
                "there is no terminal to ask on; nothing was done",
                next: words.map(\.shellQuoted).joined(separator: " "), .usage)
        }
        guard Console.answer(to: "Type yes to take this back: ") == "yes" else {
            throw Console.failure("nothing was done", .refused)
        }
    }
}
