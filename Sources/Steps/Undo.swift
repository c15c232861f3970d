/// How far a step can be taken back, said before it is done.
package enum Undo: Codable, Sendable, Hashable {
    /// The node is afterwards as it was before.
    case exact
    /// What the step brought is taken away, but traces may stay; the reason says which.
    case bestEffort(String)
    /// It cannot be taken back, and why.
    case impossible(String)
    /// The step changes nothing that could be taken back.
    case nothing
}
