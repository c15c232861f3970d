import Actions
import Journaling
import Planning
import Transport

/// What a stage tells the journal.
extension StageRunner {
    func record(
        _ kind: EventKind, _ step: PlannedStep, _ node: NodeName, facts: [String: String]
    ) async throws(JournalError) {
        var event = recorder.event(kind, step: step.id, node: node)
        event.facts = facts.forJournal
        try await recorder.record([event])
    }

    func record(
        unchanged step: PlannedStep, _ nodes: [NodeName], _ found: [NodeName: Observation]
    ) async throws(JournalError) {
        try await recorder.record(
            nodes.map { node in
                var event = recorder.event(.unchanged, step: step.id, node: node)
                event.facts = found[node]?.facts.forJournal
                return event
            })
    }

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

    func record(
        _ failures: [StepFailure], _ began: ContinuousClock.Instant? = nil
    ) async throws(JournalError) {
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
