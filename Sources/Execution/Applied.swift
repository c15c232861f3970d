import Actions
import Transport

/// What a step's script and the probe right behind it left.
struct Applied: Sendable {
    /// What became of a long command that has no exit status.
    enum Fate: Sendable, Hashable {
        /// It began, and nobody knows how it ended.
        case lost(String)
        /// It is proved not to have begun, and never will.
        case never(String)
    }

    var outcome: Outcome
    /// The verification; nil where the script did not succeed.
    var observation: Observation?
    var output: String
    var fate: Fate?
}
