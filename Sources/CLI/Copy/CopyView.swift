/// Shows how copies end; called from any thread.
protocol CopyView: Sendable {
    /// A node is done.
    func ended(_ result: CopyResult)

    /// All nodes are done.
    func finish(_ tally: NodeTally)
}
