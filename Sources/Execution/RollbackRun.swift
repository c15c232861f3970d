import Actions
package import Journaling
package import Planning
import Transport

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
    /// - Parameter checkpoint: a stage's name; nil for the start of the run.
    /// - Returns: how it ended and what failed before anything was done; a failed undo is in the journal.
    package func run(to checkpoint: String?) async throws(JournalError) -> (result: RunResult, failures: [StepFailure])
    {
        let began = ContinuousClock.now
        let runner = NodeRunner(
            connections: connections, recorder: recorder, lease: leases?.lease, patience: patience,
            interruption: interruption)
        let unreachable = await connections.connectAll()
        var failures = unreachable.sorted { $0.key < $1.key }.map { node, error in
            StepFailure(.failed, node: node, message: error.description, transport: error)
        }
        if failures.isEmpty, let leases { failures = await leases.take(on: plan.nodes, runner) }
        if !failures.isEmpty {
            let isHeld = failures.allSatisfy { $0.lease != nil }
            return (isHeld ? .refused : .failed, failures)
        }
        let ending: Result<(RunResult, [StepFailure]), JournalError>
        do throws(JournalError) {
            ending = .success(try await takeBack(to: checkpoint, runner, began))
        } catch {
            ending = .failure(error)
        }
        await leases?.leave(plan.nodes, runner)
        return try ending.get()
    }

    private func takeBack(
        to checkpoint: String?, _ runner: NodeRunner, _ began: ContinuousClock.Instant
    ) async throws(JournalError) -> (RunResult, [StepFailure]) {
        // What a killed harun began goes on to its end first: nothing is taken back under its feet.
        let failures = await runner.awaitEverything(of: plan.stages(behind: checkpoint))
        if Task.isCancelled { return (.interrupted, []) }
        if !failures.isEmpty { return (.unknown, failures) }
        let rollback = try await Rollback(
            plan: plan, checkpoint: checkpoint, runner: runner,
            interruption: interruption
        ).run(isAsked: true)
        let result: RunResult =
            rollback.isInterrupted ? .interrupted : rollback.left.isEmpty ? .rolledBack : .failed
        var event = recorder.event(.end)
        event.result = result
        event.changed = rollback.undone
        event.unchanged = 0
        event.skipped = rollback.kept.count
        event.failed = rollback.left.count
        event.seconds = began.secondsSince
        try await recorder.record([event])
        return (result, [])
    }
}
