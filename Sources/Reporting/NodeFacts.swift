package import Actions
package import Transport

/// What one node said about itself for the status screen.
package struct NodeFacts: Sendable {
    package var node: NodeName
    /// Nil where the node could not be asked.
    package var status: PacemakerStatus?
    /// The node's own facts, see ``StatusScript``.
    package var facts: [String: String]
    /// Why it could not be asked.
    package var problem: String?

    package init(node: NodeName, status: PacemakerStatus?, facts: [String: String], problem: String?) {
        self.node = node
        self.status = status
        self.facts = facts
        self.problem = problem
    }
}
