import Synchronization

/// The operator's wish to stop, seen by the engine between two steps.
///
/// Steps in flight end first, so the run stops at a consistent point.
package final class Interruption: Sendable {
    private let requested = Atomic(false)

    package init() {}

    /// Asks the run to stop; may be called from any thread, also more than once.
    package func request() { requested.store(true, ordering: .releasing) }

    /// Returns a while after somebody asked for it, or when the task is cancelled.
    func isOver(for pause: Duration) async {
        do {
            while !isRequested { try await Task.sleep(for: .milliseconds(100)) }
            try await Task.sleep(for: pause)
        } catch {
            return
        }
    }

    /// Whether the run is to begin nothing new.
    package var isRequested: Bool { requested.load(ordering: .acquiring) }
}
