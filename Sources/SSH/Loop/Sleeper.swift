import Synchronization

/// A wait that ends once, at its time or when its task is cancelled, whichever comes first.
final class Sleeper: Sendable {
    private enum State {
        case new
        case waiting(CheckedContinuation<Bool, Never>)
        case over(isCancelled: Bool)
    }

    private let state = Mutex(State.new)

    /// Keeps the continuation to be resumed at the end, with whether that was a cancellation.
    func begin(_ continuation: CheckedContinuation<Bool, Never>) {
        let over = state.withLock { state -> Bool? in
            if case .over(let isCancelled) = state { return isCancelled }
            state = .waiting(continuation)
            return nil
        }
        if let over { continuation.resume(returning: over) }
    }

    /// Ends the wait; the first reason holds.
    func end(isCancelled: Bool) {
        let continuation = state.withLock { state -> CheckedContinuation<Bool, Never>? in
            switch state {
            case .over: return nil
            case .new:
                state = .over(isCancelled: isCancelled)
                return nil
            case .waiting(let continuation):
                state = .over(isCancelled: isCancelled)
                return continuation
            }
        }
        continuation?.resume(returning: isCancelled)
    }
}
