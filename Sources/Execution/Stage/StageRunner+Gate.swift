import Journaling
import Planning
import Steps
import Transport

/// Step mode: somebody decides before each step.
extension StageRunner {
    /// The nodes of a step of the whole fleet that work on it: those that need it, or one for all.
    func workers(of step: PlannedStep, _ targets: [NodeName], _ needy: [NodeName: String]) -> [NodeName] {
        let workers = targets.filter { needy[$0] != nil }
        return workers.isEmpty || step.action is any Procedure ? Array(targets.prefix(1)) : workers
    }

    /// Whether a step is to be gone through now; always, where nobody wants to be asked.
    ///
    /// A step that no node needs, or that a guard refuses, is gone through without a question: it changes nothing.
    func isAllowed(_ step: PlannedStep) async throws(JournalError) -> Bool {
        guard let gate = decisions.gate else { return true }
        let targets = try await nodes(of: step)
        let isFleetWide = step.action.scope == .fleet
        let seers = isFleetWide ? nodes : targets
        try await record(await refresh(step, on: seers))
        if isStopping { return false }
        let found = known(step, on: seers)
        let verdicts =
            isFleetWide
            ? step.action.judge(found)
            : found.reduce(into: [:]) { $0[$1.key] = step.action.judge([$1.key: $1.value])[$1.key] }
        if verdicts.values.contains(where: \.isObstacle) { return true }
        let reasons = verdicts.compactMapValues { if case .needed(let why) = $0 { why } else { nil } }
        if reasons.isEmpty { return true }
        let needy = isFleetWide ? workers(of: step, targets, reasons) : targets.filter { reasons[$0] != nil }
        // Skipped before, it stays skipped: on that node, or altogether.
        let workers = needy.filter { left(step, $0) != .skipped }
        if workers.isEmpty || isFleetWide && workers.count < needy.count { return true }
        let why = reasons.values.first ?? ""
        let question = StepQuestion(
            step: step, needed: workers.reduce(into: [:]) { $0[$1] = reasons[$1] ?? why },
            satisfied: seers.filter { verdicts[$0] == .satisfied },
            scripts: workers.reduce(into: [:]) { scripts, node in
                scripts[node] = step.action.apply(node, isFleetWide ? found : found.filter { $0.key == node })
            }, observations: found)
        switch await gate.answer(question) {
        case .run:
            // However long the answer took: what is done goes by what the nodes say now.
            for node in seers { observations[node]?[step.id] = nil }
            return true
        case .stop:
            interruption.request()
            return false
        case .skip:
            try await record(true: step, targets.filter { verdicts[$0] == .satisfied }, found)
            try await recorder.record(
                workers.map { node in
                    var event = recorder.event(.skipped, step: step.id, node: node)
                    event.message = reasons[node] ?? why
                    return event
                })
            return false
        }
    }
}
