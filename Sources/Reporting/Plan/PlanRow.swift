package import Planning
package import Steps
package import Transport

/// A step of a plan with what its probes say, and where that is not the last word yet.
package struct PlanRow: Sendable {
    package var step: PlannedStep
    package var verdicts: [NodeName: Verdict]
    /// Nodes on which an earlier step of the plan has work to do: what stands in this one's way may go with it.
    package var waiting: Set<NodeName>

    /// What it would interrupt of a service that runs, so that `--outage` is needed for it.
    package var outage: Outage?
    /// What people should know of a node although nothing stands in the way there.
    package var remarks: [NodeName: String]
    /// What was proved is proved for a configuration that an earlier step changes.
    package var isOutdated: Bool

    package init(
        step: PlannedStep, verdicts: [NodeName: Verdict], waiting: Set<NodeName> = [], outage: Outage? = nil,
        remarks: [NodeName: String] = [:], isOutdated: Bool = false
    ) {
        self.step = step
        self.verdicts = verdicts
        self.waiting = waiting
        self.outage = outage
        self.remarks = remarks
        self.isOutdated = isOutdated
    }

    /// Whether the verdict of a node may become another by what is done before.
    func depends(_ node: NodeName) -> Bool {
        isOutdated && verdicts[node] == .satisfied || waiting.contains(node) && verdicts[node]?.isObstacle == true
    }

    /// Whether a guard forbids to go on, and nothing before it can change that.
    package var isRefused: Bool { verdicts.contains { $0.value.isRefusal && !waiting.contains($0.key) } }
    /// Whether a probe could not tell, and nothing before it can change that.
    package var isFailed: Bool { verdicts.contains { $0.value.isFailure && !waiting.contains($0.key) } }
}
