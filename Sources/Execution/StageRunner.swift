import Actions
import Journaling
import Planning
import Transport

/// Takes the nodes through one stage: each at its own pace, together at barriers.
///
/// First every step of the stage is probed, in one round trip a node; a converged stage ends there.
/// From the first step that is not true yet, each step is probed again right before it is done, since
/// the steps before it changed what it looks at.
actor StageRunner {
    private let stage: PlannedStage
    private let nodes: [NodeName]
    private let runner: NodeRunner
    private let recorder: Recorder
    private let context: ProcedureRunner
    private let interruption: Interruption

    /// What is known of each node's state; emptied for a node as soon as something changed there.
    private var observations: [NodeName: [StepID: Observation]] = [:]
    private var failures: [StepFailure] = []

    init(_ stage: PlannedStage, of plan: Plan, runner: NodeRunner, context: ProcedureRunner, interruption: Interruption)
    {
        self.stage = stage
        self.nodes = plan.nodes
        self.runner = runner
        self.recorder = runner.recorder
        self.context = context
        self.interruption = interruption
    }

    /// Whether nothing new may begin.
    private var isStopping: Bool { !failures.isEmpty || interruption.isRequested }

    /// Runs the stage to its end or to its first failure.
    ///
    /// - Returns: what failed, on which nodes; empty where every step is proved, or was not begun
    ///   because of an interruption.
    func run() async throws(JournalError) -> [StepFailure] {
        await probeAll()
        var lanes: [PlannedStep] = []
        for step in stage.steps {
            if step.action.scope == .node, !step.isRolling, step.target != .active {
                lanes.append(step)
                continue
            }
            try await run(lanes: lanes)
            lanes = []
            if isStopping { break }
            switch step.action.scope {
            case .fleet: try await run(barrier: step)
            case .node: try await run(rolling: step)
            }
        }
        if !isStopping { try await run(lanes: lanes) }
        return failures
    }

    // MARK: - Probing

    private func probeAll() async {
        await withTaskGroup { group in
            for node in nodes {
                let steps = stage.steps.filter { isProbed($0, on: node) }
                guard !steps.isEmpty else { continue }
                group.addTask { await self.probe(steps, on: node) }
            }
        }
    }

    private func isProbed(_ step: PlannedStep, on node: NodeName) -> Bool {
        if step.action.scope == .fleet { return true }
        if case .nodes(let nodes) = step.target { return nodes.contains(node) }
        return true
    }

    private func probe(_ steps: [PlannedStep], on node: NodeName) async {
        do throws(StepFailure) {
            let found = try await runner.probe(steps, on: node)
            for (step, observation) in zip(steps, found) { observations[node, default: [:]][step.id] = observation }
        } catch {
            failures.append(error)
        }
    }

    /// What is known of a step on these nodes, asked for where it is not known any more.
    private func observe(_ step: PlannedStep, on nodes: [NodeName]) async -> [NodeName: Observation] {
        let missing = nodes.filter { observations[$0]?[step.id] == nil }
        await withTaskGroup { group in
            for node in missing { group.addTask { await self.probe([step], on: node) } }
        }
        return nodes.reduce(into: [:]) { $0[$1] = observations[$1]?[step.id] }
    }

    // MARK: - Steps of single nodes

    private func run(lanes steps: [PlannedStep]) async throws(JournalError) {
        guard !steps.isEmpty else { return }
        let problem = await withTaskGroup(of: JournalError?.self) { group in
            for node in nodes { group.addTask { await self.lane(node, steps) } }
            var first: JournalError?
            for await problem in group { first = first ?? problem }
            return first
        }
        if let problem { throw problem }
    }

    private func lane(_ node: NodeName, _ steps: [PlannedStep]) async -> JournalError? {
        do throws(JournalError) {
            for step in steps where step.nodes(active: nil).contains(node) {
                if isStopping { return nil }
                try await run(step, on: node)
            }
            return nil
        } catch {
            return error
        }
    }

    private func run(rolling step: PlannedStep) async throws(JournalError) {
        var active: NodeName?
        if step.target == .active { active = await context.activeNode() }
        let targets = step.nodes(active: active)
        if targets.isEmpty {
            failures.append(
                StepFailure(.failed, step: step.id, message: "no node runs the cluster's resources"))
        }
        for node in targets where !isStopping { try await run(step, on: node) }
    }

    private func run(_ step: PlannedStep, on node: NodeName) async throws(JournalError) {
        guard let observation = await observe(step, on: [node])[node] else { return }
        let verdict = step.action.judge([node: observation])[node] ?? .failed("the action gave no verdict")
        switch verdict {
        case .satisfied: try await record(.unchanged, step, node, facts: observation.facts)
        case .refused, .failed: try await fail(step, [node: verdict])
        case .needed(let why): try await work(step, on: [node], [node: observation], why: [node: why])
        }
    }

    // MARK: - Steps of the whole fleet

    private func run(barrier step: PlannedStep) async throws(JournalError) {
        let found = await observe(step, on: nodes)
        if isStopping { return }
        let verdicts = step.action.judge(found)
        if verdicts.values.contains(where: \.isObstacle) || verdicts.isEmpty {
            return try await fail(step, verdicts)
        }
        let needy = verdicts.compactMapValues { verdict in
            if case .needed(let why) = verdict { why } else { nil }
        }
        let targets = step.nodes(active: nil)
        if needy.isEmpty {
            try await record(unchanged: step, targets, found)
            return
        }
        let workers = targets.filter { needy[$0] != nil }
        let chosen = workers.isEmpty || step.action is any Procedure ? Array(targets.prefix(1)) : workers
        let why = Dictionary(uniqueKeysWithValues: chosen.map { ($0, needy[$0] ?? needy.values.first ?? "") })
        try await work(step, on: chosen, found, why: why)
        if failures.isEmpty {
            try await record(unchanged: step, targets.filter { !chosen.contains($0) }, found)
        }
    }

    // MARK: - Work

    /// Intent, work, verification and outcome of a step on nodes that need it.
    private func work(
        _ step: PlannedStep, on targets: [NodeName], _ found: [NodeName: Observation], why: [NodeName: String]
    ) async throws(JournalError) {
        let scripts = targets.reduce(into: [NodeName: Script]()) { $0[$1] = step.action.apply($1, found) }
        try await recorder.record(
            targets.map { node in
                var event = recorder.event(.intent, step: step.id, node: node)
                event.message = why[node]
                event.script = scripts[node]?.text
                return event
            })
        let isFleet = step.action.scope == .fleet
        for node in isFleet ? nodes : targets { observations[node] = [:] }
        let began = ContinuousClock.now
        var outputs: [NodeName: String] = [:]
        var figures: [String: String] = [:]
        do throws(StepFailure) {
            if let procedure = step.action as? any Procedure {
                for node in targets { figures = try await context.perform(procedure, step: step.id, on: node, found) }
            } else {
                outputs = try await apply(step, scripts)
            }
            if isFleet { try await settle(step) }
        } catch {
            try await record(failure: error, began)
            return
        }
        let seen = await observe(step, on: isFleet ? nodes : targets)
        let verdicts = step.action.judge(seen)
        let denied = verdicts.filter { $0.value != .satisfied }
        guard denied.isEmpty, seen.count == (isFleet ? nodes.count : targets.count) else {
            for (node, verdict) in denied {
                let failure = StepFailure(
                    .failed, step: step.id, node: node,
                    message: "the step ran, but its verification says: \(verdict.reason)",
                    script: scripts[node]?.text, output: outputs[node])
                try await record(failure: failure, began)
            }
            return
        }
        try await recorder.record(
            targets.map { node in
                var event = recorder.event(.applied, step: step.id, node: node)
                event.message = why[node]
                event.output = outputs[node]
                event.facts = seen[node]?.facts.forJournal.merging(figures) { $1 }
                event.seconds = began.secondsSince
                return event
            })
    }

    /// Runs the scripts at once; the verification behind each is kept as what is known of the node.
    private func apply(
        _ step: PlannedStep, _ scripts: [NodeName: Script]
    ) async throws(StepFailure) -> [NodeName: String] {
        typealias Attempt = (NodeName, Result<NodeRunner.Applied, StepFailure>)
        let runner = runner
        let attempts = await withTaskGroup(of: Attempt.self) { group in
            for (node, script) in scripts {
                group.addTask {
                    do throws(StepFailure) {
                        return (node, .success(try await runner.apply(step, script, on: node)))
                    } catch {
                        return (node, .failure(error))
                    }
                }
            }
            var attempts: [Attempt] = []
            for await attempt in group { attempts.append(attempt) }
            return attempts
        }
        var outputs: [NodeName: String] = [:]
        var failure: StepFailure?
        for (node, attempt) in attempts {
            switch attempt {
            case .success(let applied):
                outputs[node] = applied.output
                if applied.outcome == .exited(0) {
                    if step.action.scope == .node, let observation = applied.observation {
                        observations[node] = [step.id: observation]
                    }
                } else if let problem = await judge(applied, of: step, on: node, script: scripts[node]) {
                    failure = failure ?? problem
                }
            case .failure(let error): failure = failure ?? error
            }
        }
        if let failure { throw failure }
        return outputs
    }

    /// What to make of work that did not end well: a lost command is looked up on the node first.
    private func judge(
        _ applied: NodeRunner.Applied, of step: PlannedStep, on node: NodeName, script: Script?
    ) async -> StepFailure? {
        switch applied.outcome {
        case .exited(ScriptPrelude.refused):
            let note = applied.output.split(whereSeparator: \.isNewline).last { $0.hasPrefix("note ") }
            return StepFailure(
                .refused, step: step.id, node: node,
                message: note.map { String($0.dropFirst(5)) } ?? "the step's guard refused", script: script?.text,
                output: applied.output)
        case .unknown:
            recorder.progress("connection lost in mid-step; looking at the node", step: step.id, node: node)
            if await context.isBack(node), step.action.scope == .node,
                let seen = await observe(step, on: [node])[node], step.action.judge([node: seen])[node] == .satisfied
            {
                return nil
            }
            return StepFailure(
                step.action.stepClass == .pure ? .failed : .unknown, step: step.id, node: node,
                message: "the connection was lost in mid-step, and the node does not prove that the step is done",
                script: script?.text, output: applied.output)
        default:
            return StepFailure(
                .failed, step: step.id, node: node, message: applied.outcome.description, script: script?.text,
                output: applied.output)
        }
    }

    private func settle(_ step: PlannedStep) async throws(StepFailure) {
        for node in nodes {
            guard let script = step.action.settle(node) else { continue }
            _ = try await runner.run(script, on: node, step: step.id)
        }
    }

    // MARK: - Events

    private func record(
        _ kind: EventKind, _ step: PlannedStep, _ node: NodeName, facts: [String: String]
    ) async throws(JournalError) {
        var event = recorder.event(kind, step: step.id, node: node)
        event.facts = facts.forJournal
        try await recorder.record([event])
    }

    private func record(
        unchanged step: PlannedStep, _ nodes: [NodeName], _ found: [NodeName: Observation]
    ) async throws(JournalError) {
        try await recorder.record(
            nodes.map { node in
                var event = recorder.event(.unchanged, step: step.id, node: node)
                event.facts = found[node]?.facts.forJournal
                return event
            })
    }

    private func fail(_ step: PlannedStep, _ verdicts: [NodeName: Verdict]) async throws(JournalError) {
        for (node, verdict) in verdicts.sorted(by: { $0.key < $1.key }) where verdict.isObstacle {
            var kind = StepFailure.Kind.failed
            if case .refused = verdict { kind = .refused }
            try await record(
                failure: StepFailure(kind, step: step.id, node: node, message: verdict.reason), .now)
        }
        if verdicts.isEmpty {
            try await record(failure: StepFailure(.failed, step: step.id, message: "no node answered"), .now)
        }
    }

    private func record(failure: StepFailure, _ began: ContinuousClock.Instant) async throws(JournalError) {
        failures.append(failure)
        let kind: EventKind =
            switch failure.kind {
            case .refused: .refused
            case .failed: .failed
            case .unknown: .unknown
            }
        var event = recorder.event(kind, stage: stage.name, step: failure.step, node: failure.node)
        event.message = failure.message
        event.script = failure.script
        event.output = failure.output
        event.seconds = began.secondsSince
        try await recorder.record([event])
    }
}
