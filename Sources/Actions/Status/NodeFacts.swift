package import Transport

/// What one node said about itself for the status screen, see ``StatusScript``.
package struct NodeFacts: Sendable {
    package var node: NodeName
    /// Nil where Pacemaker did not answer there.
    package var status: PacemakerStatus?
    package var facts: [String: String]
    /// Why the node could not be asked; nil where it was.
    package var problem: String?
    /// What to type where it could not be asked.
    package var advice: String?

    package init(
        node: NodeName, status: PacemakerStatus?, facts: [String: String], problem: String? = nil, advice: String? = nil
    ) {
        self.node = node
        self.status = status
        self.facts = facts
        self.problem = problem
        self.advice = advice
    }
}
