/// What is to be done when, earliest first: the event loop's deadlines.
///
/// Most deadlines are cancelled long before they are due (a command takes milliseconds, its timeout is
/// a minute), so cancelling only forgets the action; the heap is rebuilt once most of it is forgotten.
struct TimerQueue<Action> {
    /// Names one scheduled action.
    typealias ID = UInt64

    private struct Entry {
        var due: ContinuousClock.Instant
        var id: ID
    }

    private var heap: [Entry] = []
    private var actions: [ID: Action] = [:]
    private var lastID: ID = 0

    /// How many actions are still to be done.
    var count: Int { actions.count }

    /// When the earliest action is due, forgotten ones included: waking early is harmless.
    var nextDue: ContinuousClock.Instant? { actions.isEmpty ? nil : heap.first?.due }

    /// Adds an action; the answer is for ``cancel(_:)``.
    mutating func schedule(_ action: Action, at due: ContinuousClock.Instant) -> ID {
        lastID += 1
        actions[lastID] = action
        heap.append(Entry(due: due, id: lastID))
        siftUp(heap.count - 1)
        return lastID
    }

    /// Forgets an action; unknown ids are ignored, since it may just have been done.
    mutating func cancel(_ id: ID) {
        actions[id] = nil
        if heap.count > 64, heap.count > 2 * actions.count { rebuild() }
    }

    /// Takes out the earliest action that is due by `now`.
    mutating func popDue(_ now: ContinuousClock.Instant) -> Action? {
        while let first = heap.first, first.due <= now {
            removeFirst()
            if let action = actions.removeValue(forKey: first.id) { return action }
        }
        return nil
    }

    private mutating func rebuild() {
        // A sorted array is a valid heap.
        heap = heap.filter { actions[$0.id] != nil }.sorted { $0.due < $1.due }
    }

    private mutating func removeFirst() {
        heap.swapAt(0, heap.count - 1)
        heap.removeLast()
        var parent = 0
        while true {
            var least = parent
            for child in [2 * parent + 1, 2 * parent + 2]
            where child < heap.count && heap[child].due < heap[least].due {
                least = child
            }
            if least == parent { return }
            heap.swapAt(parent, least)
            parent = least
        }
    }

    private mutating func siftUp(_ start: Int) {
        var child = start
        while child > 0, heap[child].due < heap[(child - 1) / 2].due {
            heap.swapAt(child, (child - 1) / 2)
            child = (child - 1) / 2
        }
    }
}
