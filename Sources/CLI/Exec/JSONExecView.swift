import Reporting
import Synchronization
import Transport

/// `--output json`: one object a node, as each ends.
final class JSONExecView: ExecView {
    /// Whose turn it is to print: a pipe takes a long line in pieces, and another node's must not come in between.
    private let turn = Mutex(())

    var needsOutput: Bool { true }

    func took(_ chunk: OutputChunk, from node: NodeName) {}

    func ended(_ result: ExecResult) {
        let line = JSONText.line(result)
        turn.withLock { _ in Console.out(line) }
    }

    func finish(_ tally: ExecTally) {}
}
