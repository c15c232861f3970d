import Synchronization

/// The time of event loops in tests: it stands still until it is advanced.
///
/// Every deadline of the SSH engine is kept by a loop, so a test that gives its loops this time waits for
/// none of them: it awaits that a deadline is set, and lets it pass.
package final class ManualTime: Sendable {
    private struct Waiter {
        var delay: Duration
        var continuation: CheckedContinuation<Void, Never>
    }

    private struct State {
        var elapsed: Duration = .zero
        var armed: [Duration: Int] = [:]
        var waiters: [Waiter] = []
        var wakers: [@Sendable () -> Void] = []
    }

    private let start = ContinuousClock.now
    private let state = Mutex(State())

    package init() {}

    /// What the loops take for now.
    package var now: ContinuousClock.Instant { start + state.withLock { $0.elapsed } }

    /// Lets time pass, and the loops do what became due.
    package func advance(by duration: Duration) {
        let wakers = state.withLock { state in
            state.elapsed += duration
            return state.wakers
        }
        for wake in wakers { wake() }
    }

    /// Waits until a deadline of exactly this length is set, unless one was set and not yet awaited here.
    package func armed(_ delay: Duration) async {
        await withCheckedContinuation { continuation in
            let isArmed = state.withLock { state in
                if let count = state.armed[delay], count > 0 {
                    state.armed[delay] = count - 1
                    return true
                }
                state.waiters.append(Waiter(delay: delay, continuation: continuation))
                return false
            }
            if isArmed { continuation.resume() }
        }
    }

    /// Waits for a deadline of this length to be set, then lets it pass.
    package func pass(_ delay: Duration) async {
        await armed(delay)
        advance(by: delay)
    }

    /// Has a loop woken whenever time passes.
    func follow(_ wake: @escaping @Sendable () -> Void) { state.withLock { $0.wakers.append(wake) } }

    /// Notes that a loop set a deadline.
    func note(_ delay: Duration) {
        let waiter = state.withLock { state -> Waiter? in
            guard let index = state.waiters.firstIndex(where: { $0.delay == delay }) else {
                state.armed[delay, default: 0] += 1
                return nil
            }
            return state.waiters.remove(at: index)
        }
        waiter?.continuation.resume()
    }
}
