import ArgumentParser
import Execution
import Foundation
import Inventory
import Journaling
import Planning
import Probing
import Reporting
import Transport

/// One process's part of a run, from its first event to its last line: what every command that writes shares.
///
/// Whoever makes one holds the inventory's lock.
struct RunSession {
    let loaded: LoadedInventory
    let plan: Plan
    let journal: Journal
    let onFailure: OnFailure
    let output: OutputFormat
    let lease: LeaseOptions
    let outage: OutageOption
    /// Who decides about each step; nil where nobody wants to be asked.
    let steps: StepMode?

    /// Begins a new run.
    ///
    /// - Returns: the connections, still open, for whoever wants to show the result on them.
    /// - Throws: an exit with the run's code where it is not done.
    func start(_ source: PlanSource) async throws -> DoneRun {
        var generator = SystemRandomNumberGenerator()
        let run = RunID(timestamp: Self.timestamp(), using: &generator)
        return try await carryOut(run, of: source, after: RunState()) { engine in
            try await engine.run(
                source: source, inventory: loaded.key, version: Program.version, outage: outage.outage)
        }
    }

    /// Goes on with a run.
    ///
    /// - Returns: the run, its connections still open.
    /// - Throws: an exit with the run's code where it is not done.
    func resume(_ run: JournaledRun, without absent: Set<NodeName> = []) async throws -> DoneRun {
        let left: Plan
        do throws(AbsenceRefusal) {
            left = absent.isEmpty ? plan : try plan.without(absent, after: run.state)
        } catch {
            throw Console.failure(
                "run \(run.id) does not go on without \(absent.sorted().map(\.text).joined(separator: ", ")): \(error.message)",
                next: "harun rollback \(run.id)" + absent.sorted().map { " --without \($0)" }.joined(), .refused)
        }
        return try await carryOut(run.id, of: run.source, after: run.state, left, without: absent) { engine in
            try await engine.resume(version: Program.version, outage: outage.outage)
        }
    }

    private func carryOut(
        _ run: RunID, of source: PlanSource, after state: RunState, _ left: Plan? = nil,
        without absent: Set<NodeName> = [],
        _ work: @escaping @Sendable (Engine) async throws -> (result: RunResult, failures: [StepFailure])
    ) async throws -> DoneRun {
        InventoryLock.note(run, of: loaded.key)
        let renderer = output.renderer(nodes: plan.nodes)
        let recorder = Recorder(run: run, journal: journal, after: state) { renderer.show($0) }
        let connections = loaded.connections(to: plan)
        let interruption = Interruption()
        var decisions = Decisions.terminal(renderer)
        decisions.outageCommand = { OutageOption.command($0, of: plan, inventory: loaded.path) }
        decisions.gate = steps?.gate(for: plan, renderer, interruption)
        if case .answered(let answers)? = steps {
            decisions.mayRepeat = { step, _, _ in answers.repeats(step.id) }
        }
        let engine = Engine(
            left ?? plan, connections: connections, recorder: recorder, onFailure: onFailure,
            interruption: interruption,
            prober: SocketProber(), leases: try await lease.leases(for: run, of: loaded.key, journal),
            decisions: decisions, without: absent)
        let task = Task { try await work(engine) }
        Signals.stop(interruption, inFlight: recorder) { task.cancel() }
        let result: RunResult
        let failures: [StepFailure]
        do {
            (result, failures) = try await task.value
            try await closeEarlier(than: run, of: source, at: await recorder.state)
        } catch {
            throw Console.failure(
                "\(error)", next: "free the disk or mend the journal, then: harun resume \(run)", ExitCode(3))
        }
        renderer.finish()
        let outcome = await recorder.state
        if result == .done { return DoneRun(connections: connections, state: outcome) }
        for group in FailureReport.group(failures) {
            let report = FailureReport(
                group.failure, alsoOn: group.others, plan: PlanSummary(plan), result: result, outcome: outcome,
                run: run, inventory: loaded.path)
            Console.err(report.text)
        }
        if result == .interrupted { Console.err(Self.interrupted(run, outcome)) }
        await connections.closeAll()
        if failures.contains(where: { $0.lease != nil }) { throw ExitCode.locked }
        throw ExitCode(result.exitCode)
    }

    /// Closes in the journal what this run has taken over from earlier ones.
    private func closeEarlier(than run: RunID, of source: PlanSource, at state: RunState) async throws(JournalError) {
        let standing = RunStanding(
            record: RunRecord(id: run, started: "", inventory: loaded.key, runbook: plan.runbook, result: state.result),
            state: state, plan: PlanSummary(plan), source: source)
        for earlier in try await InventoryRuns(loaded.key, journal).closed(by: standing) {
            var end = Event(.end, run: earlier.record.id, time: Recorder.timestamp())
            end.result = .superseded
            end.message = "run \(run) took over: the same runbook on the same nodes"
            end.changed = earlier.state.count(.applied, .kept)
            end.unchanged = earlier.state.count(.unchanged)
            end.skipped = earlier.state.count(.skipped)
            end.failed = earlier.state.failures.count
            try await journal.append([end])
        }
    }

    private static func interrupted(_ run: RunID, _ outcome: RunState) -> String {
        let state =
            outcome.open.isEmpty
            ? "stopped between two steps; every step that was begun has its proved end"
            : "cut in mid-step: " + outcome.open.map { "\($0.step) on \($0.node)" }.joined(separator: ", ")
                + "; going on looks there first"
        return "\nstate: \(state)\nnext:  harun resume \(run)"
    }

    private static func timestamp() -> String {
        let formatter = DateFormatter()
        formatter.locale = Locale(identifier: "en_US_POSIX")
        formatter.dateFormat = "yyyyMMdd-HHmmss"
        return formatter.string(from: .now)
    }
}
