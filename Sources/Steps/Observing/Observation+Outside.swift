extension Observation {
    /// Notes whether a target answered the operator's machine.
    package mutating func note(_ target: OutsideTarget, answers: Bool) {
        facts["outside.\(target)"] = answers ? "yes" : "no"
    }

    /// Whether a target answered the operator's machine; nil where it was not asked.
    package func answers(_ target: OutsideTarget) -> Bool? { facts["outside.\(target)"].map { $0 == "yes" } }
}
