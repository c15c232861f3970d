package import Journaling
package import Planning
package import Steps
package import Transport

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
    private let patience: Patience
    private let leases: Leases?
    private let decisions: Decisions
    /// Nodes that the plan is carried out without, see ``Plan/without(_:after:)``.
    private let absent: Set<NodeName>

    /// - Parameters:
    ///   - patience: how long a node that was lost in mid-step may take to answer again.
    ///   - absent: nodes that do not answer and are left out; the plan is the one without them.
    ///   - leases: taken on every node before anything is written; nil where nobody else can come in between.
    package init(
        _ plan: Plan, connections: Connections, recorder: Recorder, onFailure: OnFailure = .rollback,
        interruption: Interruption = Interruption(), prober: any OutsideProber = NoProber(),
        patience: Patience = Patience(), leases: Leases? = nil, decisions: Decisions = Decisions(),
        without absent: Set<NodeName> = []
    ) {
        self.plan = plan
        self.connections = connections
        self.recorder = recorder
        self.onFailure = onFailure
        self.interruption = interruption
        self.prober = prober
        self.patience = patience
        self.decisions = decisions
        self.leases = leases
        self.absent = absent
    }

    private var runner: NodeRunner {
        var runner = NodeRunner(
            connections: connections, recorder: recorder, lease: leases?.lease, patience: patience,
            interruption: interruption)
        runner.absent = absent
        runner.prober = prober
        return runner
    }

    private var context: ProcedureRunner { ProcedureRunner(plan: plan, runner: runner, prober: prober) }

    /// Begins a run and takes it to its end.
    ///
    /// - Parameters:
    ///   - source: what the plan was made of, for the journal and for whoever goes on with the run.
    ///   - inventory: what the journal knows the inventory by; its path where that is left out.
    ///   - version: harun's own version, for the journal.
    ///   - outage: whether the operator agrees to outages of a service that runs; kept in the journal.
    /// - Returns: how it ended and what failed.
    package func run(
        source: PlanSource, inventory: String? = nil, version: String, outage: Bool = false
    ) async throws(JournalError) -> (result: RunResult, failures: [StepFailure]) {
        var start = recorder.event(.start)
        start.plan = PlanSummary(plan)
        start.inventory = inventory ?? source.inventory
        start.source = source
        start.version = version
        if outage { start.outage = true }
        try await recorder.record([start])
        return try await carryOut(after: RunState())
    }

    /// Goes on with a run that another process began, to its end.
    ///
    /// The recorder must hold the state of all its events so far, and the plan must be the one it began with.
    /// What is done is proved again; what was begun and has no outcome is decided by the probes.
    ///
    /// - Parameters:
    ///   - version: this harun's own version, for the journal.
    ///   - outage: whether the operator agrees to outages now; what was agreed to before holds anyway.
    package func resume(
        version: String, outage: Bool = false
    ) async throws(JournalError) -> (result: RunResult, failures: [StepFailure]) {
        let earlier = await recorder.state
        var event = recorder.event(.resume)
        event.version = version
        if outage { event.outage = true }
        event.message = earlier.summary
        let left = absent.sorted().map { node in
            var event = recorder.event(.absent, node: node)
            event.message = "the run goes on without it; what it has to do there waits for it"
            return event
        }
        try await recorder.record([event] + left)
        var resumed = earlier
        for event in [event] + left { resumed.apply(event) }
        return try await carryOut(after: resumed)
    }

    private func carryOut(
        after earlier: RunState
    ) async throws(JournalError) -> (result: RunResult, failures: [StepFailure]) {
        let began = ContinuousClock.now
        var failures = try await connect(awaiting: earlier)
        var result = failures.isEmpty ? RunResult.done : .failed
        if failures.isEmpty {
            (result, failures) = try await underLease { () async throws(JournalError) in
                guard let pending = earlier.rollback else { return try await runStages(after: earlier) }
                if let end = try await takeBack(pending) { return end }
                // What was just taken back is no earlier process's work any more.
                return try await runStages(after: await recorder.state)
            }
        }
        if Task.isCancelled { result = .interrupted }
        try await end(result, began)
        return (result, failures)
    }

    private func runStages(after earlier: RunState) async throws(JournalError) -> (RunResult, [StepFailure]) {
        var ahead: AskedAhead?
        for stage in plan.stages {
            if isStopping { return (.interrupted, []) }
            let proof = ahead?.proof(of: stage)
            let (failures, hasBegun) = try await run(stage, after: earlier, proof: proof)
            if !failures.isEmpty { return (try await settle(stage, failures), failures) }
            // Whatever happened in a stage that was not proved, a question that waited for hours too: the rest is not known.
            if proof == nil || hasBegun { ahead = nil }
            if stage.name == plan.stages.first?.name, !hasBegun { ahead = await askAhead(after: earlier) }
        }
        if isStopping { return (.interrupted, []) }
        if absent.isEmpty { return (.done, []) }
        // Never `done` while a node has not what it is to have.
        let failures = absent.sorted().map { node in
            var failure = StepFailure(.failed, node: node, message: "it was left out: the run is not done there")
            failure.isLeftOut = true
            return failure
        }
        try await recordOfNodes(failures)
        return (.failed, failures)
    }

    /// Asks all stages behind the first one, once that is found true: it says whether the nodes are fit at all, and a clock is
    /// read in a short round trip only.
    ///
    /// Nothing where it cannot serve: whoever decides before each step may take hours, and what an earlier process left
    /// may still run.
    private func askAhead(after earlier: RunState) async -> AskedAhead? {
        guard plan.stages.count > 2, decisions.gate == nil, earlier.resumes == 0, !isStopping else { return nil }
        return await AskedAhead(plan.stages.dropFirst(), of: plan, runner)
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

    /// Whether nothing new may begin.
    private var isStopping: Bool { interruption.isRequested || Task.isCancelled }

    /// Every node must answer before any is changed.
    ///
    /// A node that an earlier process left at work may be on its way up, as in a reboot or a fence of this very
    /// run: it is waited for.
    private func connect(awaiting earlier: RunState) async throws(JournalError) -> [StepFailure] {
        if isStopping { return [] }
        var unreachable = await connections.connectAll()
        let working = Dictionary(earlier.touched.filter(earlier.mayRun).map { ($0.node, $0.step) }) { first, _ in first
        }
        for (node, error) in unreachable where error.isRetryable && !absent.contains(node) {
            guard let step = working[node], !isStopping else { continue }
            unreachable[node] = await runner.waitFor(node, leftIn: step)
        }
        if Task.isCancelled { return [] }
        let failures = runner.failures(of: plan.nodes + absent, unreachable)
        try await recordOfNodes(failures)
        return failures
    }

    private func run(
        _ stage: PlannedStage, after earlier: RunState, proof: [NodeName: [StepID: Observation]]?
    ) async throws(JournalError) -> (failures: [StepFailure], hasBegun: Bool) {
        let began = ContinuousClock.now
        var event = recorder.event(.stage, stage: stage.name)
        event.message = stage.summary
        try await recorder.record([event])
        let stageRunner = StageRunner(
            stage, of: plan, runner: runner,
            context: context, interruption: interruption, decisions: decisions, after: earlier, proof: proof)
        let failures = try await stageRunner.run()
        // A stage that a node has not done is no point to go back to.
        if failures.isEmpty, !isStopping, absent.isEmpty {
            var checkpoint = recorder.event(.checkpoint, stage: stage.name)
            checkpoint.seconds = began.secondsSince
            try await recorder.record([checkpoint])
        }
        return (failures, await stageRunner.hasBegun)
    }

    /// What follows a failed stage: an unknown end is left for a look, everything else is taken back.
    private func settle(_ stage: PlannedStage, _ failures: [StepFailure]) async throws(JournalError) -> RunResult {
        if Task.isCancelled { return .interrupted }
        if failures.contains(where: { $0.kind == .unknown }) { return .unknown }
        let cause: RunResult = failures.allSatisfy { $0.kind == .refused } ? .refused : .failed
        if !absent.isEmpty { return cause }
        // Nothing is configured around a node that is away, and nothing is taken back around it either.
        if failures.allSatisfy({ $0.transport?.isRetryable == true }) { return cause }
        let checkpoint = plan.checkpoint(before: stage.name)
        if RollbackPlan(plan.stages(behind: checkpoint), await recorder.state).isEmpty { return cause }
        switch onFailure {
        case .rollback: break
        case .stop: return cause
        case .ask: if await !decisions.takesBack(stage, failures) { return cause }
        }
        let running = await runner.awaitEverything(of: plan.stages(behind: checkpoint))
        if Task.isCancelled { return .interrupted }
        if !running.isEmpty {
            try await recordOfNodes(running)
            return .unknown
        }
        let rollback = try await Rollback(plan: plan, checkpoint: checkpoint, runner: runner).run()
        guard rollback.hadWork else { return cause }
        if !rollback.left.isEmpty || !rollback.kept.isEmpty { return .failed }
        return cause == .refused ? .refused : .rolledBack
    }

    /// Ends a rollback in whose middle an earlier process died.
    ///
    /// - Returns: how the run ends with it, and why where it could not be taken up; nil where the run goes on,
    ///   since nobody asked to take it back.
    private func takeBack(
        _ pending: RunState.PendingRollback
    ) async throws(JournalError) -> (RunResult, [StepFailure])? {
        let failures = await runner.awaitEverything(of: plan.stages(behind: pending.to))
        if Task.isCancelled { return (.interrupted, []) }
        if !failures.isEmpty {
            try await recordOfNodes(failures)
            return (.unknown, failures)
        }
        let rollback = try await Rollback(
            plan: plan, checkpoint: pending.to, runner: runner,
            interruption: pending.isAsked ? interruption : Interruption()
        ).run(isAsked: pending.isAsked)
        if Task.isCancelled || rollback.isInterrupted { return (.interrupted, []) }
        guard pending.isAsked else { return nil }
        return (rollback.left.isEmpty ? .rolledBack : .failed, [])
    }

    /// Failures to reach a node, or to look at what earlier processes left there: of the node and not of the step,
    /// since how far that came is as open as before.
    private func recordOfNodes(_ failures: [StepFailure]) async throws(JournalError) {
        try await recorder.record(
            failures.map { failure in
                var event = recorder.event(.failed, node: failure.node)
                event.message = [failure.step?.description, failure.message].compactMap { $0 }.joined(separator: ": ")
                return event
            })
    }

    private func end(_ result: RunResult, _ began: ContinuousClock.Instant) async throws(JournalError) {
        let state = await recorder.state
        var event = recorder.event(.end)
        event.result = result
        event.changed = state.count(.applied, .kept)
        event.unchanged = state.count(.unchanged)
        event.skipped = state.count(.skipped)
        event.deferred = state.count(.deferred) > 0 ? state.count(.deferred) : nil
        event.failed = state.failures.count
        event.outageSeconds = state.outageSeconds
        event.seconds = began.secondsSince
        try await recorder.record([event])
    }
}
