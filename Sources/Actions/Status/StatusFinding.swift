package import Transport

/// One thing that somebody should know of a cluster, and the line that mends it.
package struct StatusFinding: Sendable, Hashable {
    /// How bad it is; the worst one is the exit code.
    package enum Severity: String, Sendable, Hashable, Codable {
        /// Something that the inventory asks for is not there, does not run, or could not fail over or be fenced now.
        case problem
        /// Nobody could tell: never counted as well.
        case unknown
        /// Worth knowing, and no reason to wake anybody.
        case note
    }

    /// A line that can be typed, but for the inventory's name in it.
    package enum Mend: Sendable, Hashable {
        /// `harun deploy INVENTORY --only STAGE`
        case deploy(stage: String)
        /// The same with the yes to an outage.
        case outage(stage: String)
        /// A command on one node, or on the first where it does not matter which.
        case command(String, on: NodeName?)
        /// `harun plan INVENTORY`, which tells what stands in the way.
        case plan
        /// A line by itself.
        case line(String)
    }

    package var severity: Severity
    /// Where; empty for the cluster as a whole.
    package var nodes: [NodeName]
    package var what: String
    package var mend: Mend?

    package init(_ severity: Severity, on nodes: [NodeName] = [], _ what: String, mend: Mend? = nil) {
        self.severity = severity
        self.nodes = nodes
        self.what = what
        self.mend = mend
    }
}
