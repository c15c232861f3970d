import Journaling
import Planning
import Steps
import Transport

/// What earlier processes of the same run left, against what the probes say now.
extension StageRunner {
    /// Decides whether a step may go on as in a run of its own, and tells the journal what it found otherwise.
    ///
    /// - Parameters:
    ///   - nodes: those whose progress the step has, one for a step of single nodes.
    ///   - verdicts: what the probes prove now.
    ///   - found: the answers that these come from.
    /// - Returns: false where nothing is to be done: it was skipped, or a failure was recorded.
    func mayGoOn(
        _ step: PlannedStep, on nodes: [NodeName], _ verdicts: [NodeName: Verdict], _ found: [NodeName: Observation]
    ) async throws(JournalError) -> Bool {
        guard earlier.resumes > 0 else { return true }
        let needed = verdicts.contains { if case .needed = $0.value { true } else { false } }
        if needed, nodes.contains(where: { left(step, $0) == .skipped }) { return false }
        guard try await decideUnproved(step, on: nodes, verdicts, found) else { return false }
        return try await showDrift(step, on: nodes, verdicts)
    }

    /// How far an earlier process came with a step on a node.
    func left(_ step: PlannedStep, _ node: NodeName) -> RunState.Progress? {
        earlier.progress[RunState.Key(step: step.id, node: node)]
    }

    /// Whether an earlier process began the step here and did not write its proved end.
    func wasBegun(_ step: PlannedStep, _ node: NodeName) -> Bool {
        [.intended, .unknown, .failed, .drifted].contains(left(step, node))
            && earlier.stands(RunState.Key(step: step.id, node: node))
    }

    /// Before anything is asked: nothing of an earlier process's attempts runs any more, or ever will.
    func closeAttempts() async throws(JournalError) {
        guard earlier.resumes > 0 else { return }
        var failures: [StepFailure] = []
        var failed: [StepFailure] = []
        for (key, attempt) in await runner.awaitLeftovers(of: [stage.name]) {
            switch attempt {
            // A proved failure is an outcome: such a step is begun again from its probe, as any that failed; but what
            // must run once is not, before anybody has heard that it failed, unless it never began.
            case .failed(var failure):
                closed[key] = ClosedAttempt(fate: .never, preImages: attempt.preImages)
                if failure.wasNeverBegun || failure.late == nil && isRepeatable(key.step) { continue }
                failure.message = "an earlier process of this run began it, and it failed: \(failure.message)"
                failed.append(failure)
            case .done, .lost: closed[key] = ClosedAttempt(fate: .over, preImages: attempt.preImages)
            case .away(let failure): failures.append(failure)
            }
        }
        let open = earlier.touched.filter { key in
            key.step.stage == stage.name && earlier.mayRun(key) && !runner.absent.contains(key.node)
        }
        for (key, answer) in await runner.closeAttempts(of: open) {
            switch answer {
            case .success(let found):
                switch found.fate {
                case .running: failures.append(.stillRunning(key))
                case .late:
                    closed[key] = ClosedAttempt(fate: .never, preImages: found.preImages)
                    var failure = StepFailure.late(key.step, key.node, after: found.limit)
                    failure.message = "an earlier process of this run began it; \(failure.message)"
                    failed.append(failure)
                case .never, .over: closed[key] = found
                }
            case .failure(let failure): failures.append(failure)
            }
        }
        // Nobody could look, so it is as unproved as before, whatever its class.
        for index in failures.indices { failures[index].kind = .unknown }
        try await record(failures + failed)
    }

    /// An intent without an outcome: a probe that finds the step done decides, and one that does not only where it is
    /// declared to prove that; otherwise the node's own record of the attempt, or somebody who has looked.
    private func decideUnproved(
        _ step: PlannedStep, on nodes: [NodeName], _ verdicts: [NodeName: Verdict], _ found: [NodeName: Observation]
    ) async throws(JournalError) -> Bool {
        let open = nodes.map { RunState.Key(step: step.id, node: $0) }.filter { key in
            [.intended, .unknown].contains(earlier.progress[key]) && closed[key]?.fate != .never
        }
        let isDone = !verdicts.isEmpty && verdicts.values.allSatisfy { $0 == .satisfied }
        if open.isEmpty || isDone || step.action.stepClass.isRepeatable { return true }
        let hasObstacle = verdicts.isEmpty || verdicts.values.contains(where: \.isObstacle)
        if !hasObstacle, step.action.neededIsProof(found) { return true }
        var failures: [StepFailure] = []
        for key in open {
            let reason = verdicts[key.node]?.reason ?? verdicts.values.map(\.reason).first { !$0.isEmpty } ?? ""
            let why = "it was begun before, and nobody knows how it ended; its probe says: \(reason)"
            if !hasObstacle, await decisions.mayRepeat(step, key, why) { continue }
            failures.append(
                StepFailure(
                    .unknown, step: step.id, node: key.node,
                    message: "\(why)\nlook on the node whether this happened: \(step.action.summary)",
                    script: step.action.probe(key.node).text))
        }
        try await record(failures)
        return failures.isEmpty
    }

    /// Steps that were done and are not true any more are shown; what must not run twice is asked for.
    private func showDrift(
        _ step: PlannedStep, on nodes: [NodeName], _ verdicts: [NodeName: Verdict]
    ) async throws(JournalError) -> Bool {
        let drifted = nodes.filter { node in
            [.applied, .unchanged, .kept, .drifted].contains(left(step, node))
                && verdicts[node].map { $0 != .satisfied } == true
        }
        if drifted.isEmpty { return true }
        try await recorder.record(
            drifted.map { node in
                var event = recorder.event(.drift, step: step.id, node: node)
                event.message = verdicts[node]?.reason
                return event
            })
        if step.action.stepClass.isRepeatable { return true }
        var failures: [StepFailure] = []
        for node in drifted {
            guard case .needed(let why)? = verdicts[node] else { continue }
            let key = RunState.Key(step: step.id, node: node)
            if await decisions.mayRepeat(step, key, why) { continue }
            failures.append(
                StepFailure(
                    .unknown, step: step.id, node: node,
                    message: """
                        it was done, but is not true any more: \(why)
                        a step of class \(step.action.stepClass.rawValue) is not repeated without being asked for
                        """, script: step.action.probe(node).text))
        }
        try await record(failures)
        return failures.isEmpty
    }
}

extension StepClass {
    /// Whether doing a step once more ends where doing it once does.
    var isRepeatable: Bool { self == .pure || self == .converge }
}
