import Actions
import Journaling
import Planning
import Transport

/// Takes a run's steps back to a checkpoint, in reverse of what happened, each on the node where it happened.
///
/// Whatever stands by the run's state is taken back, so a rollback that was cut off is gone on with by
/// another one to the same checkpoint.
struct Rollback {
    let plan: Plan
    /// The stage at whose end it stops; nil for the start of the run.
    let checkpoint: String?
    let runner: NodeRunner
    /// What can look at a node again that was lost on the way.
    let context: ProcedureRunner
    /// Ends it between two steps of a node; a failed stage is taken back to the end, whatever was asked before.
    var interruption = Interruption()

    /// What a rollback came to.
    struct Result: Sendable {
        /// Whether anything had been changed.
        var hadWork = false
        /// How many steps were taken back.
        var undone = 0
        /// Steps that could not be taken back by their nature: they were told to stay before they were done.
        var kept: [RunState.Key] = []
        /// Steps that should have been taken back and were not.
        var left: [RunState.Key] = []
        /// Whether it was stopped before its end.
        var isInterrupted = false

        fileprivate mutating func add(_ key: RunState.Key, _ event: EventKind, _ item: RollbackPlan.Item) {
            hadWork = true
            if event == .undone {
                undone += 1
                return
            }
            if item.keptBecause == nil { left.append(key) } else { kept.append(key) }
        }
    }

    /// Goes through everything that stands; a failing undo does not stop the others.
    ///
    /// - Parameter isAsked: whether the operator asked for it.
    func run(isAsked: Bool = false) async throws(JournalError) -> Result {
        let recorder = runner.recorder
        let rollback = RollbackPlan(plan.stages(behind: checkpoint), await recorder.state)
        var result = Result()
        if rollback.isEmpty { return result }
        var event = recorder.event(.rollback)
        event.to = checkpoint
        event.asked = isAsked ? true : nil
        event.message = "taking back to \(checkpoint.map { "the checkpoint \($0)" } ?? "the start of the run")"
        try await recorder.record([event])
        for wave in rollback.waves where !interruption.isRequested {
            for (item, kind) in try await take(wave) {
                result.add(RunState.Key(step: item.step.id, node: item.node), kind, item)
            }
        }
        result.isInterrupted = interruption.isRequested
        return result
    }

    private typealias Outcome = (item: RollbackPlan.Item, event: EventKind)

    private func take(_ wave: RollbackPlan.Wave) async throws(JournalError) -> [Outcome] {
        typealias Ending = Swift.Result<[Outcome], JournalError>
        let endings = await withTaskGroup(of: Ending.self) { group in
            for lane in wave {
                group.addTask {
                    do throws(JournalError) {
                        var outcomes: [Outcome] = []
                        for item in lane where !interruption.isRequested {
                            outcomes.append((item, try await take(item)))
                        }
                        return .success(outcomes)
                    } catch {
                        return .failure(error)
                    }
                }
            }
            return await group.reduce(into: [Ending]()) { $0.append($1) }
        }
        var outcomes: [Outcome] = []
        for ending in endings { outcomes += try ending.get() }
        return outcomes
    }

    /// Takes one step back on one node.
    ///
    /// - Returns: which event it ended with.
    private func take(_ item: RollbackPlan.Item) async throws(JournalError) -> EventKind {
        let recorder = runner.recorder
        let step = item.step
        if let reason = item.keptBecause {
            var event = recorder.event(.kept, step: step.id, node: item.node)
            event.message = reason
            try await recorder.record([event])
            return .kept
        }
        guard let script = step.action.undo(item.node) else { return .undone }
        var intent = recorder.event(.undo, step: step.id, node: item.node)
        await runner.announce(script, in: &intent)
        try await recorder.record([intent])
        let began = ContinuousClock.now
        var outcome = recorder.event(.undone, step: step.id, node: item.node)
        await undo(item, script, &outcome)
        outcome.seconds = began.secondsSince
        try await recorder.record([outcome])
        return outcome.event
    }

    /// Runs an undo script with its probe behind it; one that was cut off is looked at and, if need be, run again.
    private func undo(_ item: RollbackPlan.Item, _ script: Script, _ outcome: inout Event) async {
        var wasCutOff = item.isOpen
        for isLast in [false, true] {
            if wasCutOff, await isTakenBack(item) {
                outcome.message = "its undo was cut off, and its probe finds nothing of it"
                return
            }
            do throws(StepFailure) {
                let applied = try await runner.runAndProbe(item.step, script, on: item.node, takingBack: item.preImages)
                if applied.outcome == .unknown, !isLast, await context.isBack(item.node) {
                    wasCutOff = true
                    continue
                }
                return judge(applied, item, &outcome)
            } catch {
                if error.transport?.mayHaveBegun == true, !isLast, await context.isBack(item.node) {
                    wasCutOff = true
                    continue
                }
                outcome.event = .undoFailed
                outcome.message = error.message
                return
            }
        }
    }

    private func judge(_ applied: Applied, _ item: RollbackPlan.Item, _ outcome: inout Event) {
        outcome.output = applied.output.lastLines(10)
        outcome.outcome = applied.outcome.description
        if let fate = applied.fate {
            outcome.event = .undoFailed
            switch fate {
            case .lost(let why): outcome.message = why
            case .never(let why): outcome.message = "it was not begun: \(why)"
            }
        } else if applied.isLeaseLost {
            outcome.event = .undoFailed
            outcome.message = applied.note
        } else if applied.isRefusal {
            outcome.event = .kept
            outcome.message = applied.note
        } else if !applied.outcome.isSuccess {
            outcome.event = .undoFailed
            outcome.message = "taking it back failed: \(applied.outcome)"
        } else if isStillTrue(item, applied.observation) {
            outcome.event = item.step.action.undo == .exact ? .undoFailed : .undone
            outcome.message = "it was taken back, but its probe still finds it"
        }
    }

    /// Whether the probe right behind the undo finds the step as done as before.
    ///
    /// A step of the whole fleet is not asked: its probe means nothing on one node alone.
    private func isStillTrue(_ item: RollbackPlan.Item, _ observation: Observation?) -> Bool {
        guard item.step.action.scope == .node, let observation else { return false }
        return item.step.action.judge([item.node: observation])[item.node] == .satisfied
    }

    /// Whether a step whose undo was cut off must not be taken back again, since its probe finds nothing of it.
    ///
    /// harun's own undo scripts are made to be run twice, and a half of their work may be left where the
    /// probe finds nothing: those are always run again.
    private func isTakenBack(_ item: RollbackPlan.Item) async -> Bool {
        guard !item.step.action.isUndoRepeatable, item.step.action.scope == .node else { return false }
        guard let observation = try? await runner.probe([item.node: [item.step]])[item.node]?.get().first else {
            return false
        }
        if case .needed? = item.step.action.judge([item.node: observation])[item.node] { return true }
        return false
    }
}
