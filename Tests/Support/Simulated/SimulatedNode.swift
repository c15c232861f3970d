package import Transport

/// A node of a simulated fleet: answers each command through a function of the test's.
///
/// A command that the test did not foresee is an error with its text, never a silent success.
package struct SimulatedNode: NodeConnection {
    package typealias Answer = @Sendable (Command) async throws(TransportError) -> CommandResult?

    package let node: NodeName
    package var isOpen: Bool { true }
    private let answer: Answer

    package init(_ node: NodeName, answer: @escaping Answer) {
        self.node = node
        self.answer = answer
    }

    package func run(
        _ command: Command, onOutput: (@Sendable (OutputChunk) -> Void)?
    ) async throws(TransportError) -> CommandResult {
        guard let result = try await answer(command) else {
            throw .connectionLost(during: "command", reason: "the test foresees no answer to: \(command.script)")
        }
        return result
    }

    package func upload(_ bytes: [UInt8], to path: String, mode: UInt16) async throws(TransportError) {
        throw .connectionLost(during: "upload", reason: "the test foresees no upload to \(path)")
    }

    package func upload(
        file: String, to path: String, mode: UInt16, owner: String?,
        onProgress: (@Sendable (TransferProgress) -> Void)?
    ) async throws(TransportError) -> TransferredFile {
        throw .connectionLost(during: "upload", reason: "the test foresees no upload of \(file) to \(path)")
    }

    package func download(
        _ path: String, to file: String, onProgress: (@Sendable (TransferProgress) -> Void)?
    ) async throws(TransportError) -> TransferredFile {
        throw .connectionLost(during: "download", reason: "the test foresees no download of \(path)")
    }

    package func close() async {}
}
