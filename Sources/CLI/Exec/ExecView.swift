import Transport

/// Shows what nodes answer to `harun exec`.
///
/// Called from the threads of the connections: everything here may wait for a slow terminal, and then the nodes
/// wait too, so that no output piles up in memory.
protocol ExecView: Sendable {
    /// Whether results must hold the whole output.
    var needsOutput: Bool { get }

    /// A node printed something.
    func took(_ chunk: OutputChunk, from node: NodeName)

    /// A node is done.
    func ended(_ result: ExecResult)

    /// All nodes are done.
    ///
    /// - Parameter tally: all endings.
    func finish(_ tally: NodeTally)
}
