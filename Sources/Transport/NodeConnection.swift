/// An open way to one node.
///
/// The engine knows nodes through this alone.
package protocol NodeConnection: Sendable {
    /// The node at the other end.
    var node: NodeName { get }

    /// Whether the connection still stands, as far as this side knows.
    var isOpen: Bool { get async }

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

    /// Copies a file of this machine to the node, in constant memory, and gives it its name only once it is proved.
    ///
    /// What a lost connection leaves lies beside the target under a hidden name; the next upload to the same
    /// path goes on there if it is the file's beginning, and starts anew if it is not.
    ///
    /// - Parameters:
    ///   - file: path on this machine.
    ///   - mode: permission bits; until the file is complete only its owner may read it.
    ///   - owner: `user` or `user:group` as `chown` takes them; nil leaves it to whoever writes.
    ///   - onProgress: called about once a mebibyte, off the caller's actor; it must not block.
    /// - Throws: ``TransportError/uploadFailed(path:reason:)`` where the file, on either side, is at fault.
    @discardableResult
    func upload(
        file: String, to path: String, mode: UInt16, owner: String?,
        onProgress: (@Sendable (TransferProgress) -> Void)?
    ) async throws(TransportError) -> TransferredFile

    /// Copies a file of the node to this machine, in constant memory, readable for its owner only.
    ///
    /// Resumes as ``upload(file:to:mode:owner:onProgress:)`` does; `file` exists only once it is proved.
    ///
    /// - Parameters:
    ///   - path: a regular file on the node.
    ///   - file: path on this machine; what is there is replaced.
    ///   - onProgress: called about once a mebibyte, off the caller's actor; it must not block.
    /// - Throws: ``TransportError/downloadFailed(path:reason:)`` where the file, on either side, is at fault.
    @discardableResult
    func download(
        _ path: String, to file: String, onProgress: (@Sendable (TransferProgress) -> Void)?
    ) async throws(TransportError) -> TransferredFile

    /// Ends the connection. Safe to call more than once.
    func close() async
}

extension NodeConnection {
    /// Runs a command without looking at its output before it ended.
    package func run(_ command: Command) async throws(TransportError) -> CommandResult {
        try await run(command, onOutput: nil)
    }
}
