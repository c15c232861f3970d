/// An open way to one node.
///
/// The engine knows nodes through this alone.
package protocol NodeConnection: Sendable {
    /// The node at the other end.
    var node: NodeName { get }

    /// Runs a command and waits for its proved end.
    ///
    /// - Parameter onOutput: called with each piece of output as it arrives, off the caller's actor.
    /// - Throws: ``TransportError`` where the connection, not the command, failed. A connection lost
    ///   after the command was sent is ``Outcome/unknown`` in the result and not an error.
    func run(
        _ command: Command, onOutput: (@Sendable (OutputChunk) -> Void)?
    ) async throws(TransportError) -> CommandResult

    /// Writes a file atomically: a temporary name beside it, then a rename.
    ///
    /// - Parameter mode: permission bits of the file, set before any byte of it is written.
    func upload(_ bytes: [UInt8], to path: String, mode: UInt16) async throws(TransportError)

    /// Ends the connection. Safe to call more than once.
    func close() async
}

extension NodeConnection {
    /// Runs a command without looking at its output before it ended.
    package func run(_ command: Command) async throws(TransportError) -> CommandResult {
        try await run(command, onOutput: nil)
    }
}
