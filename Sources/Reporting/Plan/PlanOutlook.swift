package import Planning
package import Steps
package import Transport

/// Goes through a plan in order and remembers where something will be done.
///
/// On bare nodes most later probes refuse: there is no LUN yet and no sbd. That is no refusal of the plan, whose
/// earlier steps see to it.
package struct PlanOutlook {
    private var pending: Set<NodeName> = []
    /// An earlier step changes the cluster's configuration.
    private var changesConfiguration = false

    package init() {}

    /// The rows of the next steps, in the order in which they are done.
    package mutating func rows(
        _ steps: [(step: PlannedStep, verdicts: [NodeName: Verdict], outage: Outage?)]
    ) -> [PlanRow] {
        steps.map { step, verdicts, outage in
            // What the whole fleet is asked depends on every node.
            let isWaiting = step.action.scope == .fleet && !pending.isEmpty
            let row = PlanRow(
                step: step, verdicts: verdicts, waiting: isWaiting ? Set(verdicts.keys) : pending, outage: outage,
                isOutdated: changesConfiguration && step.action.provesConfiguration)
            if step.action.changesConfiguration, verdicts.values.contains(where: \.isNeed) {
                changesConfiguration = true
            }
            for (node, verdict) in verdicts { if case .needed = verdict { pending.insert(node) } }
            return row
        }
    }
}
