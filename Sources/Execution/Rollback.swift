import Actions
import Journaling
import Planning
import Transport

/// Takes a stage's steps back, in reverse of what happened, each on the node where it happened.
struct Rollback {
    let stage: PlannedStage
    let runner: NodeRunner

    /// What a rollback came to.
    struct Result: Sendable {
        /// Whether anything was changed in the stage before it failed.
        var hadWork = false
        /// Steps that could not be taken back, by failure or by their nature.
        var left: [RunState.Key] = []
    }

    /// Goes through every step whose intent was written; a failing undo does not stop the others.
    func run() async throws(JournalError) -> Result {
        let recorder = runner.recorder
        let state = await recorder.state
        var result = Result()
        for key in state.touched.reversed() where key.step.stage == stage.name {
            guard let step = stage.steps.first(where: { $0.id == key.step }) else { continue }
            if state.progress[key] == .refused || step.action.undo == .nothing { continue }
            result.hadWork = true
            if try await !undo(step, on: key.node) { result.left.append(key) }
        }
        return result
    }

    private func undo(_ step: PlannedStep, on node: NodeName) async throws(JournalError) -> Bool {
        let recorder = runner.recorder
        if case .impossible(let reason) = step.action.undo {
            var event = recorder.event(.kept, step: step.id, node: node)
            event.message = reason
            try await recorder.record([event])
            return false
        }
        guard let script = step.action.undo(node) else { return true }
        var intent = recorder.event(.undo, step: step.id, node: node)
        await runner.announce(script, in: &intent)
        try await recorder.record([intent])
        let began = ContinuousClock.now
        var outcome = recorder.event(.undone, step: step.id, node: node)
        do throws(StepFailure) {
            let applied = try await runner.runAndProbe(step, script, on: node)
            outcome.output = applied.output.lastLines(10)
            outcome.outcome = applied.outcome.description
            if !applied.outcome.isSuccess {
                outcome.event = .undoFailed
                outcome.message = "taking it back failed: \(applied.outcome)"
            } else if isStillTrue(step, on: node, applied.observation) {
                outcome.event = step.action.undo == .exact ? .undoFailed : .undone
                outcome.message = "it was taken back, but its probe still finds it"
            }
        } catch {
            outcome.event = .undoFailed
            outcome.message = error.message
        }
        outcome.seconds = began.secondsSince
        try await recorder.record([outcome])
        return outcome.event == .undone
    }

    /// Whether the probe right behind the undo finds the step as done as before.
    ///
    /// A step of the whole fleet is not asked: its probe means nothing on one node alone.
    private func isStillTrue(_ step: PlannedStep, on node: NodeName, _ observation: Observation?) -> Bool {
        guard step.action.scope == .node, let observation else { return false }
        return step.action.judge([node: observation])[node] == .satisfied
    }
}
