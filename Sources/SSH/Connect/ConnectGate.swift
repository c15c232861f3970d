import Synchronization
import Transport

/// Lets a limited number of connections per key begin at once, in order of arrival.
///
/// sshd drops connections that have not logged in yet beyond `MaxStartups` (10 by default), and since 9.8
/// penalises addresses that make many; so a fleet is logged into in waves.
final class ConnectGate: Sendable {
    private struct Waiter {
        var id: UInt64
        var continuation: CheckedContinuation<Bool, Never>
    }

    private struct State {
        var inside: [String: Int] = [:]
        var waiting: [String: [Waiter]] = [:]
        var cancelled: Set<UInt64> = []
        var lastID: UInt64 = 0
    }

    private let limit: Int
    private let state = Mutex(State())

    init(limit: Int) { self.limit = limit }

    /// Waits for a place; every success owes a ``leave(_:)``.
    func enter(_ key: String) async throws(TransportError) {
        let id = state.withLock { state in
            state.lastID += 1
            return state.lastID
        }
        let entered = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let answer = state.withLock { state -> Bool? in
                    if state.cancelled.remove(id) != nil { return false }
                    if state.inside[key, default: 0] < limit {
                        state.inside[key, default: 0] += 1
                        return true
                    }
                    state.waiting[key, default: []].append(Waiter(id: id, continuation: continuation))
                    return nil
                }
                if let answer { continuation.resume(returning: answer) }
            }
        } onCancel: {
            giveUp(id, key)
        }
        state.withLock { _ = $0.cancelled.remove(id) }
        guard entered else { throw .cancelled }
    }

    /// Gives a place back, to the longest waiting one.
    func leave(_ key: String) {
        let next = state.withLock { state -> CheckedContinuation<Bool, Never>? in
            if var queue = state.waiting[key] {
                let first = queue.removeFirst()
                state.waiting[key] = queue.isEmpty ? nil : queue
                return first.continuation
            }
            let left = state.inside[key, default: 1] - 1
            state.inside[key] = left == 0 ? nil : left
            return nil
        }
        next?.resume(returning: true)
    }

    private func giveUp(_ id: UInt64, _ key: String) {
        let waiter = state.withLock { state -> Waiter? in
            guard let index = state.waiting[key]?.firstIndex(where: { $0.id == id }) else {
                // Not waiting yet: `enter` sees it. Or inside already: `enter` forgets it.
                state.cancelled.insert(id)
                return nil
            }
            let waiter = state.waiting[key]?.remove(at: index)
            if state.waiting[key]?.isEmpty == true { state.waiting[key] = nil }
            return waiter
        }
        waiter?.continuation.resume(returning: false)
    }
}
