/// What a command is for, in the words of the log; made of what is there, so that it costs nothing where nobody reads it.
package enum Purpose: Sendable, Hashable {
    /// The probes of so many steps in one round trip: they change nothing, and their text holds no secret.
    case probes(Int)
    /// What a step does, or what is asked about its attempt.
    case step(String, stage: String)
    /// Anything else, in words.
    case other(String)
}

extension Purpose: CustomStringConvertible {
    package var description: String {
        switch self {
        case .probes(let count): "probes of \(count) step\(count == 1 ? "" : "s")"
        case .step(let step, let stage): "work of \(stage)/\(step)"
        case .other(let words): words
        }
    }
}
