package import Transport

/// Finds the node that a step without nodes of its own is meant for, such as the active one, by asking them in turn.
package struct NodeQuestion: Sendable {
    package let script: Script
    /// Reads one node's answer; nil where that names no node.
    package let find: @Sendable (Observation) -> NodeName?

    package init(_ script: Script, find: @escaping @Sendable (Observation) -> NodeName?) {
        self.script = script
        self.find = find
    }
}
