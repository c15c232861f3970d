package import Journaling
package import Transport

/// Who holds a node's lease, as that node says.
package struct LeaseHolder: Sendable, Hashable {
    package var node: NodeName
    package var owner: String
    package var run: RunID
    /// When it was taken, by the clock of the machine that took it: ISO 8601 in UTC.
    package var since: String
    /// Seconds until it ends by the node's own clock; zero or less where it is over.
    package var left: Int
    /// Names this very lease, so that no other is taken in its place.
    var token: String

    /// Whether it is over: its run was killed, or has done nothing for a long time.
    package var isOver: Bool { left <= 0 }
}
