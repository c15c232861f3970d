import Journaling
import Planning
import Transport

/// The steps under way, in the words of the line that says what goes on right now.
///
/// A package install prints nothing for minutes; who looks at the screen wants to know which node is busy with what, since when.
struct RunningSteps {
    private struct Running {
        var step: StepID
        var node: NodeName?
        var since: ContinuousClock.Instant
    }

    private var steps: [Running] = []
    private var message = ""

    /// Takes a step up or drops it.
    mutating func note(_ event: Event, at now: ContinuousClock.Instant) {
        switch event.event {
        case .intent, .undo:
            guard let step = event.step else { return }
            remove(step, event.node)
            steps.append(Running(step: step, node: event.node, since: now))
            message = ""
        case .progress: message = event.message ?? ""
        case .stage, .checkpoint, .rollback, .end:
            steps = []
            message = ""
        case .drift, .start, .resume, .absent: break
        case .unchanged, .applied, .refused, .failed, .unknown, .undone, .undoFailed, .undoSkipped, .kept, .skipped,
            .deferred:
            guard let step = event.step else { return }
            remove(step, event.node)
            message = ""
        }
    }

    /// What has been under way for longest, on which nodes, for how long, and what was said last; nil without a step.
    func line(at now: ContinuousClock.Instant) -> String? {
        guard let oldest = steps.min(by: { $0.since < $1.since }) else { return message.isEmpty ? nil : message }
        let nodes = steps.filter { $0.step == oldest.step }.compactMap(\.node)
        let place = nodes.isEmpty ? oldest.step.step : "\(oldest.step.step)  \(NodeRanges.text(nodes))"
        return "\(place)  \(TextRenderer.seconds((now - oldest.since).inSeconds))"
            + (message.isEmpty ? "" : "  \(message)")
    }

    private mutating func remove(_ step: StepID, _ node: NodeName?) {
        steps.removeAll { $0.step == step && $0.node == node }
    }
}
