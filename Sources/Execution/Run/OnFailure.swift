/// What a run does when a stage failed.
package enum OnFailure: String, Sendable, Hashable, CaseIterable {
    /// Takes the stage's steps back, in reverse, where they happened.
    case rollback
    /// Leaves everything as it stands.
    case stop
    /// Asks the operator which of both, once the failure is known.
    case ask
}
