import Transport

/// `--output json`: one object a node, as each ends.
final class JSONExecView: ExecView {
    private let lines = JSONLines()

    var needsOutput: Bool { true }

    func took(_ chunk: OutputChunk, from node: NodeName) {}

    func ended(_ result: ExecResult) { lines.print(result) }

    func finish(_ tally: NodeTally) {}
}
