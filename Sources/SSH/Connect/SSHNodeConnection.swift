import Synchronization
package import Transport

/// An SSH connection as the engine knows it.
///
/// Commands of another user than root run under `sudo -n`, see ``SudoWay``. Up to eight run at once; more wait their
/// turn.
package final class SSHNodeConnection: NodeConnection {
    package let node: NodeName
    private let elevation: Elevation?
    private let session: SSHSession
    private let isClosed = Atomic(false)

    init(endpoint: Endpoint, session: SSHSession) {
        node = endpoint.node
        elevation = Elevation(of: endpoint)
        self.session = session
    }

    deinit {
        // The loop keeps the session alive; a connection that nobody closed must not stay open for ever.
        guard !isClosed.load(ordering: .relaxed) else { return }
        let session = session
        session.loop.perform { session.assumeIsolated { $0.close() } }
    }

    /// Whether the session stands, as far as its loop knows.
    package var isOpen: Bool { get async { await session.isOpen } }

    /// Runs a command; see ``NodeConnection/run(_:onOutput:)``.
    ///
    /// On ``TransportError/timedOut(phase:after:)`` and ``TransportError/cancelled`` the remote process group
    /// was sent TERM and KILL. Whether its end was proved is not said: treat the outcome as unknown.
    ///
    /// - Parameter onOutput: called on the connection's event loop; it must not block.
    package func run(
        _ command: Command, onOutput: (@Sendable (OutputChunk) -> Void)?
    ) async throws(TransportError) -> CommandResult {
        try await session.loop.host { [session, elevation] () async throws(TransportError) in
            try await session.run(command, elevation: elevation, onOutput: onOutput)
        }
    }

    /// Writes a file atomically; see ``NodeConnection/upload(_:to:mode:)``.
    package func upload(_ bytes: [UInt8], to path: String, mode: UInt16) async throws(TransportError) {
        let upload = UploadScript(bytes, to: path, mode: mode)
        let result: CommandResult
        do throws(TransportError) {
            var command = upload.command
            command.purpose = .other("writes \(path)")
            result = try await run(command, onOutput: nil)
        } catch {
            throw error.ofCommand(in: "upload")
        }
        switch result.outcome {
        case .exited(0): return
        case .exited(let status):
            throw .uploadFailed(path: path, reason: UploadScript.reason(status: status, stderr: result.errorText))
        case .signalled, .unknown:
            throw .connectionLost(during: "upload", reason: result.outcome.description)
        }
    }

    /// Copies a file to the node; see ``NodeConnection/upload(file:to:mode:owner:onProgress:)``.
    package func upload(
        file: String, to path: String, mode: UInt16, owner: String?,
        onProgress: (@Sendable (TransferProgress) -> Void)?
    ) async throws(TransportError) -> TransferredFile {
        let upload = FileUpload(
            session: session, elevation: elevation, path: path, mode: mode, owner: owner, onProgress: onProgress)
        return try await session.loop.host { () async throws(TransportError) in try await upload.send(file) }
    }

    /// Copies a file of the node; see ``NodeConnection/download(_:to:onProgress:)``.
    package func download(
        _ path: String, to file: String, onProgress: (@Sendable (TransferProgress) -> Void)?
    ) async throws(TransportError) -> TransferredFile {
        let download = FileDownload(session: session, elevation: elevation, path: path, onProgress: onProgress)
        return try await session.loop.host { () async throws(TransportError) in try await download.fetch(to: file) }
    }

    package func close() async {
        guard !isClosed.exchange(true, ordering: .relaxed) else { return }
        await session.close()
    }
}
