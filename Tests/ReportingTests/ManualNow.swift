import Synchronization

/// A time that a test moves on by itself.
final class ManualNow: Sendable {
    private let instant = Mutex(ContinuousClock.now)
    var now: ContinuousClock.Instant { instant.withLock { $0 } }

    /// Moves on.
    func advance(by duration: Duration) { instant.withLock { $0 += duration } }
}
