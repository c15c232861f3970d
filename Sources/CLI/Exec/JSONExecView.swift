import Reporting
import Transport

/// `--output json`: one object a node, as each ends.
struct JSONExecView: ExecView {
    var needsOutput: Bool { true }

    func took(_ chunk: OutputChunk, from node: NodeName) {}

    func ended(_ result: ExecResult) { Console.out(JSONText.line(result)) }

    func finish(_ tally: ExecTally) {}
}
