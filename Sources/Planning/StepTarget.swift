package import Transport

/// Where a step is done.
package enum StepTarget: Sendable, Hashable {
    /// On these nodes, in this order.
    case nodes([NodeName])
    /// On the node that runs the cluster's resources, known only when the step is reached.
    case active
}
