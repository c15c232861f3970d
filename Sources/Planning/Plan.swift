package import Steps
package import Transport

/// What a run will do, known before any node is touched.
///
/// Place in the flow: Inventory + Runbooks → **Planning** → Execution → Journaling → Reporting.
package struct Plan: Sendable {
    package var runbook: String
    /// The cluster's name, or the inventory file's name where it has no cluster.
    package var subject: String
    /// SHA-256 over the inventory's and the runbook's bytes: a changed one makes another plan.
    package var fingerprint: String
    package var peers: [Peer]
    package var stages: [PlannedStage]
    /// Finds the node of steps whose target is ``StepTarget/active``.
    package var activeNode: NodeQuestion

    /// All nodes, in the inventory's order.
    package var nodes: [NodeName] { peers.map(\.name) }

    /// The plan with only the stages from one to another, both included.
    package func narrowed(from: String?, to: String?) -> Plan {
        let first = from.flatMap { name in stages.firstIndex { $0.name == name } } ?? stages.startIndex
        let last = to.flatMap { name in stages.firstIndex { $0.name == name } } ?? stages.endIndex - 1
        var plan = self
        plan.stages = first <= last ? Array(stages[first...last]) : []
        return plan.takingAlong()
    }
}
