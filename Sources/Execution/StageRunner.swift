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
    let stage: PlannedStage
    let nodes: [NodeName]
    let runner: NodeRunner
    let recorder: Recorder
    private let context: ProcedureRunner
    let interruption: Interruption
    let decisions: Decisions
    /// Where earlier processes of the run left off; empty in its first one.
    let earlier: RunState
    /// The nodes of each step, for steps whose nodes the plan knows.
    private let targets: [StepID: Set<NodeName>]

    /// What is known of each node's state; emptied for a node as soon as something changed there.
    private var observations: [NodeName: [StepID: Observation]] = [:]
    var failures: [StepFailure] = []
    /// What this process itself began.
    var begun: Set<RunState.Key> = []
    /// What became of attempts that an earlier process of the run left without an outcome.
    var fates: [RunState.Key: StepClaim.Fate] = [:]

    init(
        _ stage: PlannedStage, of plan: Plan, runner: NodeRunner, context: ProcedureRunner, interruption: Interruption,
        decisions: Decisions, after earlier: RunState
    ) {
        self.stage = stage
        self.nodes = plan.nodes
        self.runner = runner
        self.recorder = runner.recorder
        self.context = context
        self.interruption = interruption
        self.decisions = decisions
        self.earlier = earlier
        targets = Dictionary(stage.steps.map { ($0.id, Set($0.nodes(active: nil))) }) { first, _ in first }
    }

    /// Whether nothing new may begin.
    var isStopping: Bool { !failures.isEmpty || interruption.isRequested || Task.isCancelled }

    /// Runs the stage to its end or to its first failure.
    ///
    /// - Returns: what failed, on which nodes; empty where every step is proved, or was not begun
    ///   because of an interruption.
    func run() async throws(JournalError) -> [StepFailure] {
        try await closeAttempts()
        if isStopping { return failures }
        try await probeAll()
        var lanes: [PlannedStep] = []
        for step in stage.steps {
            if decisions.gate != nil, try await !isAllowed(step) {
                if isStopping { break }
                continue
            }
            if step.action.scope == .node, !step.isRolling, step.target != .active {
                lanes.append(step)
                if decisions.gate == nil { continue }
                try await run(lanes: lanes)
                lanes = []
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
        return failures.sorted { ($0.node?.text ?? "") < ($1.node?.text ?? "") }
    }

    // MARK: - Probing

    private func probeAll() async throws(JournalError) {
        var questions: [NodeName: [PlannedStep]] = [:]
        for node in nodes { questions[node] = stage.steps.filter { isProbed($0, on: node) } }
        try await record(await ask(questions.filter { !$0.value.isEmpty }))
    }

    private func isProbed(_ step: PlannedStep, on node: NodeName) -> Bool {
        if step.action.scope == .fleet || step.target == .active { return true }
        return targets[step.id]?.contains(node) == true
    }

    /// Probes all these nodes at once and keeps what they say.
    ///
    /// - Returns: why each node that could not be asked could not; the steps begin with the first one.
    private func ask(_ questions: [NodeName: [PlannedStep]]) async -> [StepFailure] {
        let answers = await runner.probe(questions)
        var failures: [StepFailure] = []
        for (node, answer) in answers {
            switch answer {
            case .success(let found):
                for (step, observation) in zip(questions[node] ?? [], found) {
                    observations[node, default: [:]][step.id] = observation
                }
            case .failure(let failure): failures.append(failure)
            }
        }
        return failures
    }

    /// Asks for what is not known of a step any more.
    func refresh(_ step: PlannedStep, on nodes: [NodeName]) async -> [StepFailure] {
        let missing = nodes.filter { observations[$0]?[step.id] == nil }
        return missing.isEmpty ? [] : await ask(missing.reduce(into: [:]) { $0[$1] = [step] })
    }

    /// What is known of a step on these nodes.
    func known(_ step: PlannedStep, on nodes: [NodeName]) -> [NodeName: Observation] {
        nodes.reduce(into: [:]) { $0[$1] = observations[$1]?[step.id] }
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
            for step in steps where targets[step.id]?.contains(node) == true {
                if isStopping { return nil }
                try await run(step, on: node)
            }
            return nil
        } catch {
            return error
        }
    }

    private func run(rolling step: PlannedStep) async throws(JournalError) {
        for node in try await nodes(of: step) where !isStopping { try await run(step, on: node) }
    }

    /// The nodes of a step; finds the active one where that is meant, or notes that there is none.
    func nodes(of step: PlannedStep) async throws(JournalError) -> [NodeName] {
        guard step.target == .active else { return step.nodes(active: nil) }
        if let active = await context.activeNode() { return [active] }
        try await record([StepFailure(.failed, step: step.id, message: "no node runs the cluster's resources")])
        return []
    }

    private func run(_ step: PlannedStep, on node: NodeName) async throws(JournalError) {
        let problems = await refresh(step, on: [node])
        try await record(problems)
        guard let observation = observations[node]?[step.id] else {
            if !problems.isEmpty { return }
            return try await record([StepFailure(.failed, step: step.id, node: node, message: "its probe is not heard")]
            )
        }
        let verdict = step.action.judge([node: observation])[node] ?? .failed("the action gave no verdict")
        guard try await mayGoOn(step, on: [node], [node: verdict]) else { return }
        switch verdict {
        case .satisfied: try await record(true: step, [node], [node: observation])
        case .refused, .failed: try await fail(step, [node: verdict])
        case .needed(let why): try await work(step, on: [node], [node: observation], why: [node: why])
        }
    }

    // MARK: - Steps of the whole fleet

    private func run(barrier step: PlannedStep) async throws(JournalError) {
        if nodes.contains(where: { wasBegun(step, $0) }) {
            // An earlier process may have died between the work and this.
            if let failure = await settle(step) { return try await record([failure]) }
            for node in nodes { observations[node]?[step.id] = nil }
        }
        try await record(await refresh(step, on: nodes))
        if isStopping { return }
        let found = known(step, on: nodes)
        let verdicts = step.action.judge(found)
        guard try await mayGoOn(step, on: nodes, verdicts) else { return }
        if verdicts.values.contains(where: \.isObstacle) || verdicts.isEmpty {
            return try await fail(step, verdicts)
        }
        let needy = verdicts.compactMapValues { verdict in
            if case .needed(let why) = verdict { why } else { nil }
        }
        let targets = try await nodes(of: step)
        if isStopping { return }
        if needy.isEmpty {
            try await record(true: step, targets, found)
            return
        }
        let chosen = workers(of: step, targets, needy)
        let why = Dictionary(uniqueKeysWithValues: chosen.map { ($0, needy[$0] ?? needy.values.first ?? "") })
        try await work(step, on: chosen, found, why: why)
        if failures.isEmpty {
            try await record(true: step, targets.filter { !chosen.contains($0) }, found)
        }
    }

    // MARK: - Work

    /// Intent, work, verification and outcome of a step on nodes that need it.
    private func work(
        _ step: PlannedStep, on targets: [NodeName], _ found: [NodeName: Observation], why: [NodeName: String]
    ) async throws(JournalError) {
        let scripts = targets.reduce(into: [NodeName: Script]()) { $0[$1] = step.action.apply($1, found) }
        var intents: [Event] = []
        for node in targets {
            var event = recorder.event(.intent, step: step.id, node: node)
            event.message = why[node]
            await runner.announce(scripts[node], in: &event)
            intents.append(event)
        }
        try await recorder.record(intents)
        begun.formUnion(targets.map { RunState.Key(step: step.id, node: $0) })
        let seers = step.action.scope == .fleet ? nodes : targets
        for node in seers { observations[node] = [:] }
        let began = ContinuousClock.now
        var attempts: [NodeName: Attempt] = [:]
        var figures: [String: String] = [:]
        if let procedure = step.action as? any Procedure {
            do throws(StepFailure) {
                for node in targets { figures = try await context.perform(procedure, step: step.id, on: node, found) }
            } catch {
                return try await record([error], began)
            }
        } else {
            attempts = await runner.apply(step, scripts)
        }
        // Cut in mid-step: the intents stay open, and whoever goes on looks at the nodes.
        if Task.isCancelled, !attempts.values.allSatisfy(\.isDone) { return }
        var (failures, isLeftOpen) = await failures(of: attempts, step, scripts)
        // Asked to stop while a node was away: the same, and the command goes on there.
        if failures.isEmpty, isLeftOpen { return }
        if failures.isEmpty { failures = await verify(step, on: seers, attempts, scripts) }
        for index in failures.indices {
            failures[index].preImages = failures[index].node.flatMap { attempts[$0]?.preImages } ?? [:]
        }
        if !failures.isEmpty { return try await record(failures, began) }
        try await recorder.record(
            targets.map { node in
                var event = recorder.event(.applied, step: step.id, node: node)
                event.message = why[node]
                event.output = attempts[node]?.output
                event.facts = (observations[node]?[step.id]?.facts.forJournal ?? [:]).merging(figures) { $1 }
                    .merging(attempts[node]?.preImages.asFacts ?? [:]) { $1 }
                event.seconds = began.secondsSince
                return event
            })
    }

    /// What failed for certain; a lost script is among it only where nobody can look at its node.
    ///
    /// - Returns: also whether anything is left to whoever goes on, since the run was asked to stop while its
    ///   node did not answer.
    private func failures(
        of attempts: [NodeName: Attempt], _ step: PlannedStep, _ scripts: [NodeName: Script]
    ) async -> (failures: [StepFailure], isLeftOpen: Bool) {
        var failures: [StepFailure] = []
        var isLeftOpen = false
        for case .failed(let failure) in attempts.values { failures.append(failure) }
        for (node, attempt) in attempts {
            var failure: StepFailure
            switch attempt {
            case .done, .failed: continue
            case .lost(let why, let output):
                recorder.progress("\(why); looking at the node", step: step.id, node: node)
                if failures.isEmpty, await runner.isBackAndQuiet(node, in: step.id) { continue }
                failure = unproved(step, node, "\(why), and the node could not be looked at", scripts, output)
            case .away(let cause):
                failure = unproved(step, node, cause.message, scripts, nil)
                failure.transport = cause.transport
            }
            if interruption.isRequested {
                isLeftOpen = true
            } else {
                failures.append(failure)
            }
        }
        return (failures, isLeftOpen)
    }

    /// Asks the probes whether the work is done; what they do not prove is a failure.
    private func verify(
        _ step: PlannedStep, on seers: [NodeName], _ attempts: [NodeName: Attempt], _ scripts: [NodeName: Script]
    ) async -> [StepFailure] {
        if step.action.scope == .node {
            for case (let node, .done(let observation?, _, _)) in attempts {
                observations[node] = [step.id: observation]
            }
        } else if let failure = await settle(step) {
            return [failure]
        }
        var failures = await refresh(step, on: seers).map { failure in
            unproved(step, failure.node, "its verification: \(failure.message)", scripts, nil)
        }
        if !failures.isEmpty { return failures }
        let seen = known(step, on: seers)
        let lost = attempts.values.compactMap { if case .lost(let why, _) = $0 { why } else { nil } }.first
        let verdicts = step.action.judge(seen)
        for node in seers where verdicts[node] != .satisfied {
            let reason = verdicts[node]?.reason ?? "the action gave no verdict"
            let output = attempts[node]?.output
            if let lost {
                let message = "\(lost), and the node does not prove that the step is done: \(reason)"
                failures.append(unproved(step, node, message, scripts, output))
            } else if seen[node]?.code == nil {
                failures.append(unproved(step, node, "its verification: \(reason)", scripts, output))
            } else {
                failures.append(
                    StepFailure(
                        .failed, step: step.id, node: node,
                        message: "the step ran, but its verification says: \(reason)", script: scripts[node]?.text,
                        output: output))
            }
        }
        return failures
    }

    /// A failure after which nobody knows what the node looks like, unless the step changes nothing anyway.
    private func unproved(
        _ step: PlannedStep, _ node: NodeName?, _ message: String, _ scripts: [NodeName: Script], _ output: String?
    ) -> StepFailure {
        StepFailure(
            step.action.stepClass == .pure ? .failed : .unknown, step: step.id, node: node, message: message,
            script: node.flatMap { scripts[$0]?.text }, output: output)
    }

    /// Has every node take note of what others did.
    private func settle(_ step: PlannedStep) async -> StepFailure? {
        for node in nodes {
            guard let script = step.action.settle(node) else { continue }
            do throws(StepFailure) {
                _ = try await runner.run(script, on: node, step: step.id)
            } catch {
                return unproved(step, node, error.message, [:], nil)
            }
        }
        return nil
    }
}
