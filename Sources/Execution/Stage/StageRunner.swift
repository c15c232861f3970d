import Journaling
import Planning
import Steps
import Transport

/// Takes the nodes through one stage: each at its own pace, together at barriers.
///
/// First every step of the stage is probed, in one round trip a node, where that was not done ahead for the whole plan; a
/// converged stage ends there.
/// From the first step that is not true yet, each step is probed again right before it is done, since
/// the steps before it changed what it looks at.
actor StageRunner {
    let stage: PlannedStage
    let nodes: [NodeName]
    let runner: NodeRunner
    let recorder: Recorder
    let context: ProcedureRunner
    let interruption: Interruption
    let decisions: Decisions
    /// Where earlier processes of the run left off; empty in its first one.
    let earlier: RunState
    private let proof: [NodeName: [StepID: Observation]]?
    /// The nodes of each step, for steps whose nodes the plan knows.
    private let targets: [StepID: Set<NodeName>]

    /// What is known of each node's state; emptied for a node as soon as something changed there.
    var observations: [NodeName: [StepID: Observation]] = [:]
    var failures: [StepFailure] = []
    /// What this process itself began.
    var begun: Set<RunState.Key> = []
    /// Steps whose outage was agreed to for themselves alone.
    var agreed: Set<StepID> = []
    /// What became of attempts that an earlier process left without an outcome, or whose answer was lost.
    var closed: [RunState.Key: ClosedAttempt] = [:]

    /// - Parameter proof: what was asked ahead and finds the whole stage true, see ``AskedAhead``.
    init(
        _ stage: PlannedStage, of plan: Plan, runner: NodeRunner, context: ProcedureRunner, interruption: Interruption,
        decisions: Decisions, after earlier: RunState, proof: [NodeName: [StepID: Observation]]? = nil
    ) {
        self.stage = stage
        self.nodes = plan.nodes
        self.runner = runner
        self.recorder = runner.recorder
        self.context = context
        self.interruption = interruption
        self.decisions = decisions
        self.earlier = earlier
        self.proof = proof
        targets = Dictionary(stage.steps.map { ($0.id, Set($0.nodes(active: nil))) }) { first, _ in first }
    }

    /// Whether this process began anything of the stage.
    var hasBegun: Bool { !begun.isEmpty }

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
        if let proof { return observations = proof }
        try await record(await ask(stage.steps.probed(on: nodes)))
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
        let ends = await nodes.gatherResults { (node: NodeName) async throws(JournalError) in
            try await self.lane(node, steps)
        }
        for end in ends { try end.get() }
    }

    private func lane(_ node: NodeName, _ steps: [PlannedStep]) async throws(JournalError) {
        for step in steps where targets[step.id]?.contains(node) == true {
            if isStopping { return }
            try await run(step, on: node)
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
        guard try await mayGoOn(step, on: [node], [node: verdict], [node: observation]) else { return }
        switch verdict {
        case .satisfied: try await record(true: step, [node], [node: observation])
        case .refused, .failed: try await fail(step, [node: verdict])
        case .needed(let why):
            guard try await mayInterrupt(step, on: [node], [node: observation], why) else { return }
            try await work(step, on: [node], [node: observation], why: [node: why])
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
        guard try await mayGoOn(step, on: nodes, verdicts, found) else { return }
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
        guard try await mayInterrupt(step, on: chosen, found, why.values.first ?? "") else { return }
        try await work(step, on: chosen, found, why: why)
        if failures.isEmpty {
            try await record(true: step, targets.filter { !chosen.contains($0) }, found)
        }
    }
}
