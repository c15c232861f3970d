/// What is known of an attempt of which nothing was heard, once its node was asked.
struct ClosedAttempt: Sendable {
    var fate: StepClaim.Fate
    /// Where it was ended, after how many seconds.
    var limit = ""
    /// The hashes of what it kept before it changed anything, by name: its own answer did not come.
    var preImages: [String: String] = [:]
}
