import Reporting
import Synchronization

/// `--output json`: one object a line.
final class JSONLines: Sendable {
    /// Whose turn it is to print: a pipe takes a long line in pieces, and another node's must not come in between.
    private let turn = Mutex(())

    /// Prints a value.
    func print(_ value: some Encodable) {
        let line = JSONText.line(value)
        turn.withLock { _ in Console.out(line) }
    }
}
