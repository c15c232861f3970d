/// What a probe found on one node.
package struct Observation: Sendable, Hashable {
    /// The probe's exit code (see ``ScriptPrelude``), nil where it was not proved.
    package var code: UInt8?
    /// `fact` and `blob` lines.
    package var facts: [String: String]
    /// `secret` lines: never journaled, shown or compared in messages.
    package var secrets: [String: String]
    /// What the probe said of its verdict.
    package var note: String
    /// Standard error, for a probe that failed.
    package var errors: String
    /// Between which moments of the operator's clock, in seconds since 1970, the probe ran.
    ///
    /// Nil where nobody measured. What a node says of its own clock is worth no more than this is narrow.
    package var asked: ClosedRange<Double>?

    package init(
        code: UInt8?, facts: [String: String] = [:], secrets: [String: String] = [:], note: String = "",
        errors: String = "", asked: ClosedRange<Double>? = nil
    ) {
        self.code = code
        self.facts = facts
        self.secrets = secrets
        self.note = note
        self.errors = errors
        self.asked = asked
    }

    /// A fact's words; none where there is no such fact.
    package func words(_ key: String) -> [String] { facts[key]?.split(separator: " ").map(String.init) ?? [] }

    /// The verdict of this node's probe alone.
    package var verdict: Verdict {
        switch code {
        case ScriptPrelude.satisfied: .satisfied
        case ScriptPrelude.needed: .needed(note.isEmpty ? "not done yet" : note)
        case ScriptPrelude.refused: .refused(note.isEmpty ? "refused by its guard" : note)
        case .some(let code):
            .failed("the probe ended with exit code \(code)" + (errors.isEmpty ? "" : ": \(errors.lastLines(3))"))
        case nil:
            .failed("the probe ended without proof of its exit" + (errors.isEmpty ? "" : ": \(errors.lastLines(3))"))
        }
    }
}
