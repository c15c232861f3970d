import Journaling
import Steps
import Synchronization
import Transport

@testable import Planning

/// Events as a run writes them.
enum Samples {
    static let run = RunID("20261123-190214-k3f9")

    static func event(_ kind: EventKind, _ step: String? = nil, _ node: NodeName? = nil, _ message: String? = nil)
        -> Event
    {
        var event = Event(kind, run: run, time: "2026-11-23T19:02:14.123Z")
        event.step = step.map { StepID(stage: "storage", step: $0) }
        event.stage = step == nil ? nil : "storage"
        event.node = node
        event.message = message
        return event
    }

    static func stage(_ kind: EventKind, _ message: String? = nil, seconds: Double? = nil) -> Event {
        var event = event(kind, nil, nil, message)
        event.stage = "storage"
        event.seconds = seconds
        return event
    }

    static func end(_ result: RunResult, changed: Int, unchanged: Int, failed: Int, outage: Double? = nil) -> Event {
        var event = event(.end)
        event.result = result
        (event.changed, event.unchanged, event.skipped, event.failed) = (changed, unchanged, 0, failed)
        event.outageSeconds = outage
        event.seconds = 12.34
        return event
    }
}

extension Samples {
    /// A plan of one step.
    static func summary(of id: StepID, action: String) -> PlanSummary {
        var shown = Shown(scope: .node)
        shown.summary = "prove the disk"
        let step = PlannedStep(id: id, kind: action, action: shown, target: .nodes(["nodo1"]), isRolling: false)
        let stage = PlannedStage(name: id.stage, summary: "", steps: [step])
        return PlanSummary(
            Plan(
                runbook: "test", subject: "lab", fingerprint: "", peers: [], stages: [stage],
                activeNode: NodeQuestion(Script("")) { _ in nil }))
    }
}

/// Collects what a renderer prints.
final class Printed: Sendable {
    private let pieces = Mutex("")
    var text: String { pieces.withLock { $0 } }
    var lines: [String] { text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init) }
    func add(_ text: String) { pieces.withLock { $0 += text } }
}
