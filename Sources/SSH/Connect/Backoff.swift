import Transport

/// How often and after how long a connection is tried again of which the server took no notice.
///
/// Only what happened before the server's banner is repeated: nothing was asked of it, nothing proved, and
/// no login counted.
struct Backoff {
    /// Why an attempt came to nothing.
    enum Cause {
        /// Nobody listens, perhaps since sshd is being restarted.
        case refused
        /// sshd closed the connection without a banner: more of them are not logged in than `MaxStartups` allows.
        case dropped
    }

    private static let afterRefusal: [Duration] = [.milliseconds(250), .milliseconds(500)]
    private static let afterDrop: [Duration] = [
        .milliseconds(250), .milliseconds(500), .seconds(1), .seconds(2), .seconds(4), .seconds(4),
    ]

    private var attempts = 0

    /// How long to wait before the next attempt; nil for no more.
    ///
    /// A quarter is left to chance, so that a fleet that was dropped together does not come back together.
    mutating func delay(after cause: Cause) -> Duration? {
        let delays = cause == .refused ? Self.afterRefusal : Self.afterDrop
        guard attempts < delays.count else { return nil }
        attempts += 1
        return delays[attempts - 1] * Double.random(in: 0.75...1.25)
    }
}
