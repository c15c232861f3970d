import Transport

/// One command on one node, for ``NodeFan``.
struct ExecWork: NodeWork {
    let command: Command
    /// The inventory's path as the user wrote it.
    let inventory: String
    let view: any ExecView

    func perform(on connection: any NodeConnection) async throws(TransportError) -> ExecResult {
        let node = connection.node
        let answer =
            try await command.keepsOutput
            ? connection.run(command)
            : connection.run(command) { [view] chunk in view.took(chunk, from: node) }
        return ExecResult(node, answer, seconds: answer.duration.inRoundedSeconds)
    }

    func answer(of node: NodeName, _ error: TransportError, hasBegun: Bool, seconds: Double) -> ExecResult {
        ExecResult(node, error, hasBegun: hasBegun, seconds: seconds, inventory: inventory)
    }

    func ended(_ answer: ExecResult) -> NodeEnding {
        view.ended(answer)
        return NodeEnding(
            node: answer.node, summary: answer.summary, isSuccess: answer.isSuccess, isProved: answer.isProved,
            advice: answer.advice)
    }
}
