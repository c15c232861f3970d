import Glibc
import Synchronization

/// A few threads for calls that block.
///
/// Neither the loops (every session on one would stall) nor Swift's cooperative pool (as few threads as
/// cores, shared with the whole engine) may ever wait for a name server.
final class BlockingPool: Sendable {
    /// For files and keys; started at first use.
    static let shared = BlockingPool(threads: 2)
    /// For name resolution; started at the first name.
    ///
    /// Each lookup at a dead name server holds its thread for half a minute; neither files nor other names may wait for it.
    static let resolver = BlockingPool(threads: 16)

    private struct State {
        var work: [@Sendable () -> Void] = []
        var head = 0
    }

    // Safety: a semaphore is made for use by many threads; initialised before the threads start.
    private nonisolated(unsafe) let available = UnsafeMutablePointer<sem_t>.allocate(capacity: 1)
    private let state = Mutex(State())

    /// - Parameter threads: how many calls may block at once.
    init(threads: Int) {
        sem_init(available, 0, 0)
        for _ in 0..<threads { spawnThread { [self] in serve() } }
    }

    /// How many pieces of work wait for a thread.
    var waiting: Int { state.withLock { $0.work.count - $0.head } }

    /// Runs `work` on a thread that may block, and waits for its answer.
    func run<Value: Sendable>(_ work: @escaping @Sendable () -> Value) async -> Value {
        await withCheckedContinuation { continuation in
            submit { continuation.resume(returning: work()) }
        }
    }

    /// Runs `work` on a thread that may block, and does not wait.
    func submit(_ work: @escaping @Sendable () -> Void) {
        state.withLock { $0.work.append(work) }
        sem_post(available)
    }

    private func serve() {
        while true {
            while sem_wait(available) != 0 {}
            let work = state.withLock { state -> (@Sendable () -> Void)? in
                guard state.head < state.work.count else { return nil }
                let work = state.work[state.head]
                state.head += 1
                if state.head == state.work.count { state = State() }
                return work
            }
            work?()
        }
    }
}
