import Transport

/// How the work on one node ended, as far as the last line and the exit code are concerned.
struct NodeEnding: Sendable {
    var node: NodeName
    /// The ending in words; equal ones are counted together.
    var summary: String
    var isSuccess: Bool
    /// Whether it is proved how it ended.
    var isProved = true
    /// What to type next, where that would help.
    var advice: String?
}
