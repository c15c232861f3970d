import Execution
import Journaling

/// A run that ended well, with its connections still open.
struct DoneRun: Sendable {
    var connections: Connections
    var state: RunState

    /// Whether every step was true already: nothing was done, left out or put off.
    var isFoundTrue: Bool { state.progress.allSatisfy { $0.value == .unchanged } }
}
