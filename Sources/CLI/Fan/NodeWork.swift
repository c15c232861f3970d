import Transport

/// What a command does on each of many nodes, see ``NodeFan``.
protocol NodeWork: Sendable {
    /// What came of it on one node.
    associatedtype Answer: Sendable

    /// Does it.
    func perform(on connection: any NodeConnection) async throws(TransportError) -> Answer

    /// What to say of a node where the connection failed.
    ///
    /// - Parameters:
    ///   - hasBegun: whether the node was connected before that.
    ///   - seconds: since the node's turn came.
    func answer(of node: NodeName, _ error: TransportError, hasBegun: Bool, seconds: Double) -> Answer

    /// Shows the answer; what is given back is counted, and the answer itself is kept no longer.
    func ended(_ answer: Answer) -> NodeEnding
}
