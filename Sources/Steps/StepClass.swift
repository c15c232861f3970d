/// What repeating a step would do: decides what harun may do when it does not know how a step ended.
package enum StepClass: String, Codable, Sendable, Hashable {
    /// Reads only.
    case pure
    /// Ends in the same state however often it runs.
    case converge
    /// Must run once; repeated only where it is proved that nothing of it happened, or on somebody's word.
    case once
    /// Overwrites something that cannot come back. Never repeated without proof that it did not happen.
    case destructive
}
