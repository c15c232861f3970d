package import Steps
package import Transport

/// A step with its settings filled in and its nodes known.
package struct PlannedStep: Sendable {
    package var id: StepID
    /// The action's name in the runbook.
    package var kind: String
    package var action: any Action
    package var target: StepTarget
    package var isRolling: Bool

    /// The nodes on which the step may change something.
    package func nodes(active: NodeName?) -> [NodeName] {
        switch target {
        case .nodes(let nodes): nodes
        case .active: active.map { [$0] } ?? []
        }
    }
}
