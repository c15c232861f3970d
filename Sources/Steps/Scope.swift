/// Whether a step looks at one node or at all of them.
package enum Scope: String, Codable, Sendable, Hashable {
    /// Each node goes through it at its own pace.
    case node
    /// A barrier: every node is probed, the answers are judged together, and only then anything is done.
    case fleet
}
