import Journaling
import Planning
import Steps
import Transport

/// What a stage tells the journal.
extension StageRunner {
    /// Steps whose probes prove them: true already, or done by an earlier process that did not live to write it.
    func record(
        true step: PlannedStep, _ nodes: [NodeName], _ found: [NodeName: Observation]
    ) async throws(JournalError) {
        try await recorder.record(
            nodes.map { node in
                let isFound = wasBegun(step, node)
                var event = recorder.event(isFound ? .applied : .unchanged, step: step.id, node: node)
                if isFound { event.message = "found done: an earlier process of this run began it" }
                event.facts = found[node]?.facts.forJournal
                let key = RunState.Key(step: step.id, node: node)
                if isFound, let hashes = closed[key]?.preImages, !hashes.isEmpty {
                    event.facts = (event.facts ?? [:]).merging(hashes.asFacts) { $1 }
                }
                return event
            })
    }

    /// Verdicts that forbid to go on.
    func fail(_ step: PlannedStep, _ verdicts: [NodeName: Verdict]) async throws(JournalError) {
        for (node, verdict) in verdicts.sorted(by: { $0.key < $1.key }) where verdict.isObstacle {
            var kind = StepFailure.Kind.failed
            if case .refused = verdict { kind = .refused }
            try await record([StepFailure(kind, step: step.id, node: node, message: verdict.reason)])
        }
        if verdicts.isEmpty {
            try await record([StepFailure(.failed, step: step.id, message: "the action gave no verdict")])
        }
    }

    /// Whether doing one of the stage's steps once more ends where doing it once does.
    func isRepeatable(_ step: StepID) -> Bool {
        stage.steps.first { $0.id == step }?.action.stepClass.isRepeatable ?? true
    }

    /// A look that failed is no outcome: what an earlier process began, and must not be done twice, stays unproved.
    private func keepingDoubt(_ failure: StepFailure) -> StepFailure {
        guard failure.kind == .failed, let step = failure.step, let node = failure.node else { return failure }
        let key = RunState.Key(step: step, node: node)
        if isRepeatable(step) || begun.contains(key) || !earlier.unproved.contains(key) || closed[key]?.fate == .never {
            return failure
        }
        var failure = failure
        failure.kind = .unknown
        return failure
    }

    /// Failures stop the stage.
    func record(
        _ failures: [StepFailure], _ began: ContinuousClock.Instant? = nil
    ) async throws(JournalError) {
        // After a cut nothing that went wrong says anything about the nodes.
        if Task.isCancelled { return }
        let failures = failures.map(keepingDoubt)
        self.failures += failures
        try await recorder.record(
            failures.map { failure in
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
                if !failure.preImages.isEmpty { event.facts = failure.preImages.asFacts }
                event.seconds = began?.secondsSince
                return event
            })
    }
}
