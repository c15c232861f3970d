package import Actions
package import Journaling
package import Planning
import Transport

/// Carries a plan out: stage by stage, journal first, and back to the last checkpoint where a stage fails.
///
/// Place in the flow: Inventory + Runbooks → Planning → **Execution** → Journaling → Reporting. Knows
/// nodes only as ``Connections``, so that all of it runs on simulated nodes too.
package struct Engine: Sendable {
    private let plan: Plan
    private let connections: Connections
    private let recorder: Recorder
    private let onFailure: OnFailure
    private let interruption: Interruption
    private let prober: any OutsideProber
    private let patience: Duration
    private let leases: Leases?

    /// - Parameters:
    ///   - patience: how long a node that was lost in mid-step may take to answer again.
    ///   - leases: taken on every node before anything is written; nil where nobody else can come in between.
    package init(
        _ plan: Plan, connections: Connections, recorder: Recorder, onFailure: OnFailure = .rollback,
        interruption: Interruption = Interruption(), prober: any OutsideProber = NoProber(),
        patience: Duration = .seconds(60), leases: Leases? = nil
    ) {
        self.plan = plan
        self.connections = connections
        self.recorder = recorder
        self.onFailure = onFailure
        self.interruption = interruption
        self.prober = prober
        self.patience = patience
        self.leases = leases
    }

    private var runner: NodeRunner { NodeRunner(connections: connections, recorder: recorder, lease: leases?.lease) }

    private var context: ProcedureRunner {
        ProcedureRunner(plan: plan, runner: runner, prober: prober, patience: patience)
    }

    /// Runs the plan to its end.
    ///
    /// - Parameters:
    ///   - source: what the plan was made of, for the journal and for whoever goes on with the run.
    ///   - version: harun's own version, for the journal.
    /// - Returns: how it ended and what failed.
    package func run(
        source: PlanSource, version: String
    ) async throws(JournalError) -> (result: RunResult, failures: [StepFailure]) {
        let began = ContinuousClock.now
        var start = recorder.event(.start)
        start.plan = PlanSummary(plan)
        start.inventory = source.inventory
        start.source = source
        start.version = version
        try await recorder.record([start])
        var failures = try await connect()
        var result = failures.isEmpty ? RunResult.done : .failed
        if failures.isEmpty {
            (result, failures) = try await underLease { () async throws(JournalError) in try await runStages() }
        }
        try await end(result, began)
        return (result, failures)
    }

    private func runStages() async throws(JournalError) -> (RunResult, [StepFailure]) {
        for stage in plan.stages {
            if interruption.isRequested { return (.interrupted, []) }
            let failures = try await run(stage)
            if !failures.isEmpty { return (try await settle(stage, failures), failures) }
        }
        return (interruption.isRequested ? .interrupted : .done, [])
    }

    /// Does what writes to nodes, while nobody else does; the lease is left however that ends.
    private func underLease(
        _ work: () async throws(JournalError) -> (RunResult, [StepFailure])
    ) async throws(JournalError) -> (RunResult, [StepFailure]) {
        guard let leases else { return try await work() }
        let failures = await leases.take(on: plan.nodes, runner)
        if !failures.isEmpty {
            try await recorder.record(
                failures.map { failure in
                    var event = recorder.event(failure.lease == nil ? .failed : .refused, node: failure.node)
                    event.message = failure.message
                    return event
                })
            return (failures.contains { $0.lease == nil } ? .failed : .refused, failures)
        }
        let ending: Result<(RunResult, [StepFailure]), JournalError>
        do throws(JournalError) {
            ending = .success(try await work())
        } catch {
            ending = .failure(error)
        }
        await leases.leave(plan.nodes, runner)
        return try ending.get()
    }

    /// Every node must answer before any is changed.
    private func connect() async throws(JournalError) -> [StepFailure] {
        let unreachable = await connections.connectAll()
        let failures = unreachable.sorted { $0.key < $1.key }.map { node, error in
            StepFailure(.failed, node: node, message: error.description, transport: error)
        }
        try await recorder.record(
            failures.map { failure in
                var event = recorder.event(.failed, node: failure.node)
                event.message = failure.message
                return event
            })
        return failures
    }

    private func run(_ stage: PlannedStage) async throws(JournalError) -> [StepFailure] {
        let began = ContinuousClock.now
        var event = recorder.event(.stage, stage: stage.name)
        event.message = stage.summary
        try await recorder.record([event])
        let failures = try await StageRunner(
            stage, of: plan, runner: runner,
            context: context, interruption: interruption
        ).run()
        if failures.isEmpty, !interruption.isRequested {
            var checkpoint = recorder.event(.checkpoint, stage: stage.name)
            checkpoint.seconds = began.secondsSince
            try await recorder.record([checkpoint])
        }
        return failures
    }

    /// What follows a failed stage: an unknown end is left for a look, everything else is taken back.
    private func settle(_ stage: PlannedStage, _ failures: [StepFailure]) async throws(JournalError) -> RunResult {
        if failures.contains(where: { $0.kind == .unknown }) { return .unknown }
        let cause: RunResult = failures.allSatisfy { $0.kind == .refused } ? .refused : .failed
        guard onFailure == .rollback else { return cause }
        let rollback = try await Rollback(
            plan: plan, checkpoint: plan.checkpoint(before: stage.name), runner: runner, context: context
        ).run()
        guard rollback.hadWork else { return cause }
        if !rollback.left.isEmpty || !rollback.kept.isEmpty { return .failed }
        return cause == .refused ? .refused : .rolledBack
    }

    private func end(_ result: RunResult, _ began: ContinuousClock.Instant) async throws(JournalError) {
        let state = await recorder.state
        var event = recorder.event(.end)
        event.result = result
        event.changed = state.count(.applied, .kept)
        event.unchanged = state.count(.unchanged)
        event.skipped = state.count(.skipped)
        event.failed = state.failures.count
        event.outageSeconds = state.outageSeconds
        event.seconds = began.secondsSince
        try await recorder.record([event])
    }
}
