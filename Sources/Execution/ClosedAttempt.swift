/// What is known of an attempt of which nothing was heard, once its node was asked.
struct ClosedAttempt: Sendable {
    var fate: StepClaim.Fate
    /// The hashes of what it kept before it changed anything, by name: its own answer did not come.
    var preImages: [String: String] = [:]
}
