import Synchronization
import Transport

/// A file's way to or from one node, for ``NodeFan``.
final class CopyWork: NodeWork {
    private let request: CopyRequest
    private let mode: UInt16
    private let view: any CopyView
    private let progress: CopyProgress
    private let sums = Mutex<Set<String>>([])

    /// - Parameter mode: permission bits of what is written to nodes.
    init(_ request: CopyRequest, mode: UInt16, view: any CopyView, progress: CopyProgress) {
        (self.request, self.mode, self.view, self.progress) = (request, mode, view, progress)
    }

    /// Whether files with different content went to nodes: somebody changed it meanwhile.
    var hasSentDifferentFiles: Bool { request.direction == .up && sums.withLock { $0.count > 1 } }

    func perform(on connection: any NodeConnection) async throws(TransportError) -> CopyResult {
        let node = connection.node
        let began = ContinuousClock.now
        let progress = progress
        let report: @Sendable (TransferProgress) -> Void = { progress.reached($0, on: node) }
        let proved: TransferredFile
        switch request.direction {
        case .up:
            proved = try await connection.upload(
                file: request.local, to: request.path.text, mode: mode, owner: request.owner, onProgress: report)
        case .down:
            proved = try await fetch(from: connection, report)
        }
        return CopyResult(node, proved, request, seconds: (ContinuousClock.now - began).inRoundedSeconds)
    }

    private func fetch(
        from connection: any NodeConnection, _ report: @escaping @Sendable (TransferProgress) -> Void
    ) async throws(TransportError) -> TransferredFile {
        let file = LocalFile.absolute(request.file(of: connection.node))
        // The folder that all nodes share is made before and removed after: no node takes it away from another.
        var made: [String] = []
        if request.isIntoFolder {
            switch LocalFile.makeFolder(PathText(file).parent) {
            case .success(let folders): made = folders
            case .failure(let failure): throw .downloadFailed(path: request.path.text, reason: failure.reason)
            }
        }
        if LocalFile(file).kind == .other {
            throw .downloadFailed(
                path: request.path.text, reason: "\(file) is no regular file, and a copy would take its place")
        }
        do throws(TransportError) {
            return try await connection.download(request.path.text, to: file, onProgress: report)
        } catch {
            // A folder in which something lies for the next try stays.
            LocalFile.removeEmpty(made)
            throw error
        }
    }

    func answer(of node: NodeName, _ error: TransportError, hasBegun: Bool, seconds: Double) -> CopyResult {
        progress.gaveUp(node)
        return CopyResult(node, error, request, hasBegun: hasBegun, seconds: seconds)
    }

    func ended(_ answer: CopyResult) -> NodeEnding {
        if let sum = answer.proved?.sha256 { sums.withLock { _ = $0.insert(sum) } }
        view.ended(answer)
        return NodeEnding(
            node: answer.node, summary: answer.summary, isSuccess: answer.ending == .copied, advice: answer.advice)
    }
}
