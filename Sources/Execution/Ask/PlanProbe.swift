package import Planning
package import Steps
package import Transport

/// Probes a whole plan and judges it, changing nothing: what `plan` and `check --online` show.
package struct PlanProbe: Sendable {
    /// A step with the verdict of every node it concerns.
    package struct Row: Sendable {
        package var step: PlannedStep
        package var verdicts: [NodeName: Verdict]
        /// What the step would interrupt of a service that runs; nil where it is not needed.
        package var outage: Outage?
        /// What people should know of a node although nothing stands in the way there.
        package var remarks: [NodeName: String] = [:]
    }

    private let plan: Plan
    private let runner: NodeRunner

    package init(
        _ plan: Plan, connections: Connections, recorder: Recorder, prober: any OutsideProber = NoProber()
    ) {
        self.plan = plan
        var runner = NodeRunner(connections: connections, recorder: recorder)
        runner.prober = prober
        self.runner = runner
    }

    /// Probes one stage on all nodes at once.
    ///
    /// - Throws: the first node that could not be asked.
    package func rows(of stage: PlannedStage) async throws(StepFailure) -> [Row] {
        let answers = await runner.probe(plan.nodes.reduce(into: [:]) { $0[$1] = stage.steps })
        var found: [NodeName: [Observation]] = [:]
        for (node, answer) in answers.sorted(by: { $0.key < $1.key }) { found[node] = try answer.get() }
        return stage.steps.enumerated().map { index, step in
            let targets = step.nodes(active: nil)
            let asked = step.action.scope == .fleet ? plan.nodes : targets
            var seen: [NodeName: Observation] = [:]
            for node in asked { seen[node] = found[node].map { $0[index] } }
            return Row(step, step.action.verdicts(on: seen), seen)
        }
    }
}

extension PlanProbe.Row {
    init(_ step: PlannedStep, _ verdicts: [NodeName: Verdict], _ seen: [NodeName: Observation]) {
        let isNeeded = verdicts.values.contains { if case .needed = $0 { true } else { false } }
        self.init(
            step: step, verdicts: verdicts, outage: isNeeded ? step.action.outage(seen) : nil,
            remarks: step.action.remarks(seen))
    }
}

extension Action {
    /// What the action says of each node, judged together or one by one as its scope wants it.
    func verdicts(on seen: [NodeName: Observation]) -> [NodeName: Verdict] {
        switch scope {
        case .fleet: judge(seen)
        case .node:
            seen.reduce(into: [:]) { verdicts, entry in
                verdicts[entry.key] = judge([entry.key: entry.value])[entry.key] ?? .failed("no verdict")
            }
        }
    }
}
