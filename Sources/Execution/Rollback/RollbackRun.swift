package import Journaling
package import Planning
import Steps
package import Transport

/// Takes a run back because the operator asked for it: what ``Engine`` is to a run, this is to its way back.
///
/// It goes on in the journal of the run that it takes back. One that was killed is begun anew with the same
/// checkpoint: whatever still stands is taken back, and an undo whose end nobody wrote down is done again.
package struct RollbackRun: Sendable {
    private let plan: Plan
    private let connections: Connections
    private let recorder: Recorder
    private let leases: Leases?
    private let interruption: Interruption
    private let patience: Patience

    /// - Parameters:
    ///   - plan: the run's own plan, see ``Recorder/state`` for what happened of it.
    ///   - recorder: goes on with that run.
    ///   - patience: how long a node that was lost on the way may take to answer again.
    package init(
        _ plan: Plan, connections: Connections, recorder: Recorder, leases: Leases? = nil,
        interruption: Interruption = Interruption(), patience: Patience = Patience()
    ) {
        self.plan = plan
        self.connections = connections
        self.recorder = recorder
        self.leases = leases
        self.interruption = interruption
        self.patience = patience
    }

    /// Takes back everything behind a checkpoint.
    ///
    /// Every node must answer before any is changed, and hold this run's lease.
    ///
    /// - Parameters:
    ///   - checkpoint: a stage's name; nil for the start of the run.
    ///   - skips: what a person decided not to take back, and why.
    ///   - absent: nodes that do not answer and are left out: what stands there waits for them.
    /// - Returns: how it ended and what failed before anything was done; a failed undo is in the journal.
    package func run(
        to checkpoint: String?, skipping skips: [RunState.Key: String] = [:], without absent: Set<NodeName> = []
    ) async throws(JournalError) -> (result: RunResult, failures: [StepFailure]) {
        let began = ContinuousClock.now
        var runner = NodeRunner(
            connections: connections, recorder: recorder, lease: leases?.lease, patience: patience,
            interruption: interruption)
        runner.absent = absent
        var failures = await runner.connectAll(plan.nodes)
        let nodes = plan.nodes.filter { !absent.contains($0) }
        if failures.isEmpty, let leases { failures = await leases.take(on: nodes, runner) }
        if !failures.isEmpty {
            let isHeld = failures.allSatisfy { $0.lease != nil || $0.kind == .refused }
            return (isHeld ? .refused : .failed, failures)
        }
        let ending: Result<(RunResult, [StepFailure]), JournalError>
        do throws(JournalError) {
            ending = .success(try await takeBack(to: checkpoint, skipping: skips, runner, began))
        } catch {
            ending = .failure(error)
        }
        await leases?.leave(nodes, runner)
        return try ending.get()
    }

    private func takeBack(
        to checkpoint: String?, skipping skips: [RunState.Key: String], _ runner: NodeRunner,
        _ began: ContinuousClock.Instant
    ) async throws(JournalError) -> (RunResult, [StepFailure]) {
        // What a killed harun began goes on to its end first: nothing is taken back under its feet.
        let failures = await runner.awaitEverything(of: plan.stages(behind: checkpoint))
        if Task.isCancelled { return (.interrupted, []) }
        if !failures.isEmpty { return (.unknown, failures) }
        let rollback = try await Rollback(
            plan: plan, checkpoint: checkpoint, runner: runner, skips: skips, interruption: interruption
        ).run(isAsked: true)
        let waiting = RollbackPlan(plan.stages(behind: checkpoint), await recorder.state).items
            .filter { runner.absent.contains($0.node) && $0.keptBecause == nil }
        let result: RunResult =
            rollback.isInterrupted
            ? .interrupted : rollback.left.isEmpty && waiting.isEmpty ? .rolledBack : .failed
        var event = recorder.event(.end)
        event.result = result
        event.changed = rollback.undone
        event.unchanged = 0
        event.skipped = rollback.kept.count
        event.failed = rollback.left.count + waiting.count
        event.seconds = began.secondsSince
        try await recorder.record([event])
        return (result, [])
    }
}
