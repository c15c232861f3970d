import Transport

/// One thing under way on a session: a handshake, a login, a command.
///
/// It carries what may end it early (a deadline, a cancellation) and keeps the session's memory alive until
/// it has left. Confined to the session's loop.
final class SSHOperation {
    /// Names the operation across threads, where the object itself must not go.
    let id: UInt64
    let phase: String
    let limit: Duration
    let handle: SessionHandle
    /// Set by the deadline or a cancellation; the operation throws it at its next wait.
    var ending: TransportError?
    var timer: UInt64?
    /// The part under way that must not be abandoned, and so has a deadline of its own.
    var part: SSHOperation?
    /// Passes that moved something without a wait.
    var passes = 0
    private var waiting: CheckedContinuation<Void, Never>?

    init(id: UInt64, phase: String, limit: Duration, handle: SessionHandle) {
        self.id = id
        self.phase = phase
        self.limit = limit
        self.handle = handle
    }

    /// Keeps a continuation to be resumed by ``resume()``.
    func suspend(_ continuation: CheckedContinuation<Void, Never>) {
        precondition(waiting == nil, "an operation waits once at a time")
        waiting = continuation
    }

    /// Resumes the waiting operation, if it waits.
    func resume() {
        waiting?.resume()
        waiting = nil
    }
}
