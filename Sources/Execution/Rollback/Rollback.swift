import Journaling
import Planning
import Steps
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
    /// What a person decided not to take back, and why.
    var skips: [RunState.Key: String] = [:]
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
        let stages = plan.stages(behind: checkpoint)
        let rollback = RollbackPlan(stages, await recorder.state, skipping: Set(skips.keys), without: runner.absent)
        var result = Result()
        if rollback.isEmpty, skips.isEmpty, runner.absent.isEmpty { return result }
        var event = recorder.event(.rollback)
        event.to = checkpoint
        event.asked = isAsked ? true : nil
        event.message = "taking back to \(checkpoint.map { "the checkpoint \($0)" } ?? "the start of the run")"
        try await recorder.record([event] + decided)
        var done = 0
        for wave in rollback.waves where !interruption.isRequested {
            for (item, kind) in try await take(wave) {
                result.add(RunState.Key(step: item.step.id, node: item.node), kind, item)
                done += 1
            }
        }
        result.isInterrupted = interruption.isRequested && done < rollback.items.count
        return result
    }

    /// What was decided before anything is done, in events: a rollback that is cut off remembers it.
    private var decided: [Event] {
        let absent = runner.absent.sorted().map { node in
            var event = runner.recorder.event(.absent, node: node)
            event.message = "the run is taken back without it; what stands there waits for it"
            return event
        }
        return absent
            + skips.sorted { "\($0.key.step) \($0.key.node)" < "\($1.key.step) \($1.key.node)" }.map { key, reason in
                var event = runner.recorder.event(.undoSkipped, step: key.step, node: key.node)
                event.message = reason
                return event
            }
    }

    private typealias Outcome = (item: RollbackPlan.Item, event: EventKind)

    private func take(_ wave: RollbackPlan.Wave) async throws(JournalError) -> [Outcome] {
        let step = wave.first?.first?.step
        if let step, step.action.scope == .fleet { return try await take(wave.flatMap { $0 }, of: step) }
        var outcomes: [Outcome] = []
        let endings = await wave.gatherResults { (lane: [RollbackPlan.Item]) async throws(JournalError) in
            try await take(lane: lane)
        }
        for ending in endings { outcomes += try ending.get() }
        return outcomes
    }

    private func take(lane: [RollbackPlan.Item]) async throws(JournalError) -> [Outcome] {
        var outcomes: [Outcome] = []
        for item in lane where !interruption.isRequested {
            let event = try await takeBack(item)
            if event.event != .undo { try await runner.recorder.record([event]) }
            outcomes.append((item, event.event))
        }
        return outcomes
    }

    /// Takes a step of the whole fleet back, and asks all nodes together afterwards: one alone can prove nothing.
    private func take(_ items: [RollbackPlan.Item], of step: PlannedStep) async throws(JournalError) -> [Outcome] {
        var ends: [End] = []
        let endings = await items.gatherResults { (item: RollbackPlan.Item) async throws(JournalError) in
            try await takeBack(item)
        }
        for (item, ending) in zip(items, endings) { ends.append((item, try ending.get())) }
        if !runner.absent.isEmpty {
            // What needs the answers of all nodes is proved by none of them.
            let names = runner.absent.sorted().map(\.text).joined(separator: ", ")
            for index in ends.indices where ends[index].event.event == .undone && ends[index].event.message == nil {
                ends[index].event.message = "its probe was not asked: it needs \(names) as well"
            }
        } else if ends.contains(where: { $0.event.event == .undone }), await isStillTrue(step) {
            for index in ends.indices where ends[index].event.event == .undone { stays(step, &ends[index].event) }
        }
        try await runner.recorder.record(ends.map(\.event).filter { $0.event != .undo })
        return ends.map { ($0.item, $0.event.event) }
    }

    private typealias End = (item: RollbackPlan.Item, event: Event)

    /// Takes one step back on one node.
    ///
    /// - Returns: the event of its outcome, not recorded yet; the intent, which is, where it was cut off.
    private func takeBack(_ item: RollbackPlan.Item) async throws(JournalError) -> Event {
        let recorder = runner.recorder
        var outcome = recorder.event(.undone, step: item.step.id, node: item.node)
        if let reason = item.keptBecause {
            outcome.event = .kept
            outcome.message = reason
        }
        guard outcome.event == .undone, let script = item.step.action.undo(item.node) else { return outcome }
        let began = ContinuousClock.now
        let intent = try await undo(item, script, &outcome)
        // Cut: the undo stays open, and whoever goes on runs it again.
        if Task.isCancelled, outcome.event != .undone { return intent }
        outcome.time = Recorder.timestamp()
        outcome.seconds = began.secondsSince
        return outcome
    }

    /// Tells the journal that an undo is about to run, and by which name its node will know it.
    private func intend(_ item: RollbackPlan.Item, _ script: Script) async throws(JournalError) -> Event {
        var intent = runner.recorder.event(.undo, step: item.step.id, node: item.node)
        await runner.announce(script, in: &intent)
        try await runner.recorder.record([intent])
        return intent
    }

    /// Runs an undo script with its probe behind it; one that was cut off is waited for, looked at and, if need
    /// be, run again.
    ///
    /// - Returns: the newest intent.
    private func undo(
        _ item: RollbackPlan.Item, _ script: Script, _ outcome: inout Event
    ) async throws(JournalError) -> Event {
        var wasCutOff = false
        if item.isOpen { wasCutOff = await runner.fate(of: item.step.id, on: item.node) != .never }
        var intent = try await intend(item, script)
        for isLast in [false, true] {
            if wasCutOff, await isTakenBack(item) {
                outcome.message = "its undo was cut off, and its probe finds nothing of it"
                break
            }
            do throws(StepFailure) {
                let applied = try await runner.runAndProbe(item.step, script, on: item.node, takingBack: item.preImages)
                if applied.outcome != .unknown || isLast {
                    judge(applied, item, &outcome)
                    break
                }
                outcome.message = "the connection was lost while it was taken back"
            } catch {
                outcome.message = error.message
                if error.transport?.mayHaveBegun != true || isLast {
                    outcome.event = .undoFailed
                    break
                }
            }
            guard let closed = await runner.onceQuiet(item.node, in: item.step.id) else {
                outcome.event = .undoFailed
                break
            }
            if closed.fate == .late {
                outcome.event = .undoFailed
                outcome.message = TimeLimit.message(closed.limit)
                break
            }
            outcome.message = nil
            wasCutOff = closed.fate != .never
            // A long one is found again by its number, a short one needs a name of its own.
            if !script.isLong { intent = try await intend(item, script) }
        }
        return intent
    }

    private func judge(_ applied: Applied, _ item: RollbackPlan.Item, _ outcome: inout Event) {
        outcome.output = applied.output.lastLines(10)
        outcome.outcome = applied.outcome.description
        if let fate = applied.fate {
            outcome.event = .undoFailed
            switch fate {
            case .lost(let why): outcome.message = why
            case .late(let limit): outcome.message = TimeLimit.message(limit)
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
            stays(item.step, &outcome)
        }
    }

    /// The probe finds what was taken back: an exact undo has failed then, one of best effort says so.
    private func stays(_ step: PlannedStep, _ outcome: inout Event) {
        outcome.event = step.action.undo == .exact ? .undoFailed : .undone
        outcome.message = "it was taken back, but its probe still finds it"
    }

    /// Whether all nodes together find a step of the whole fleet as done as before; no answer proves nothing.
    private func isStillTrue(_ step: PlannedStep) async -> Bool {
        var found: [NodeName: Observation] = [:]
        for (node, answer) in await runner.probe(plan.nodes.reduce(into: [:]) { $0[$1] = [step] }) {
            found[node] = try? answer.get().first
        }
        return found.count == plan.nodes.count && step.action.judge(found).values.allSatisfy { $0 == .satisfied }
    }

    /// Whether the probe right behind the undo finds the step as done as before; only for a step of single nodes.
    private func isStillTrue(_ item: RollbackPlan.Item, _ observation: Observation?) -> Bool {
        guard item.step.action.scope == .node, let observation else { return false }
        return item.step.action.judge([item.node: observation])[item.node] == .satisfied
    }

    /// Whether a step whose undo was cut off must not be taken back again, since its probe finds nothing of it.
    ///
    /// harun's own undo scripts are made to be run twice, and a half of their work may be left where the
    /// probe finds nothing: those are always run again. So is the undo of a step that was done by half at most:
    /// its probe found nothing before either.
    private func isTakenBack(_ item: RollbackPlan.Item) async -> Bool {
        guard !item.step.action.isUndoRepeatable, !item.isHalfDone, item.step.action.scope == .node else {
            return false
        }
        guard let observation = try? await runner.probe([item.node: [item.step]])[item.node]?.get().first else {
            return false
        }
        if case .needed? = item.step.action.judge([item.node: observation])[item.node] { return true }
        return false
    }
}
