import Steps
package import Transport

extension PlanSummary {
    /// The nodes by name.
    package var nodeNames: Set<NodeName> { Set(nodes.map(\.name)) }

    /// Where each node was: a name that was given to another machine since is another node.
    package var addresses: [NodeName: String] { Dictionary(nodes.map { ($0.name, $0.address) }) { first, _ in first } }
}
