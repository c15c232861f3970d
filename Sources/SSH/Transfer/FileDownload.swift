import Logging
import Transport

/// Takes a file of a node to this machine: survey, carry, prove, and only then the name.
///
/// Over SFTP where the login user reads as himself; through commands where `sudo` is needed or the server has no
/// SFTP. See `docs/decisions/0011-file-transfer.md`.
struct FileDownload: Sendable {
    /// Bytes that one command carries: enough to hide its round trips, few enough for memory.
    private static let commandBytes = 8 << 20

    private struct Survey {
        var size: Int
        var digest: String
        var offset: Int
    }

    let session: SSHSession
    let elevation: Elevation?
    let path: String
    let onProgress: (@Sendable (TransferProgress) -> Void)?

    /// Fetches the file.
    func fetch(to file: String) async throws(TransportError) -> TransferredFile {
        guard !path.utf8.contains(0) else { throw .downloadFailed(path: path, reason: "this is no file name") }
        let target = try local(file, await BlockingPool.shared.run { LocalTarget.open(file) })
        let began = ContinuousClock.now
        session.log.info("download of \(path) to \(file)")
        do throws(TransportError) {
            let fetched = try await fetch(into: target, file)
            session.log.info("download of \(path): done after \((ContinuousClock.now - began).brief)")
            return fetched
        } catch {
            session.log.info("download of \(path): ended after \((ContinuousClock.now - began).brief): \(error)")
            // As for uploads: only what a later try may go on with is left.
            if case .downloadFailed = error { await BlockingPool.shared.run { target.remove() } }
            throw error
        }
    }

    private func fetch(into target: LocalTarget, _ file: String) async throws(TransportError) -> TransferredFile {
        let survey = try await survey(target)
        session.log.info("download of \(path): \(survey.size) bytes, \(survey.offset) of them are here already")
        if survey.offset < survey.size {
            let end: Carriage = elevation == nil ? try await carry(survey, into: target) : .impossible
            switch end {
            case .done: break
            case .impossible:
                session.log.debug("download of \(path): by commands, not over SFTP")
                try await carryByCommands(survey, into: target)
            case .refused(let reason): throw .downloadFailed(path: path, reason: reason)
            }
        }
        let digest = await BlockingPool.shared.run { target.digest(survey.size) }
        guard digest == survey.digest else {
            throw .downloadFailed(path: path, reason: "what arrived is not what was there: it changes all the time")
        }
        try local(file, await BlockingPool.shared.run { target.install() })
        return TransferredFile(bytes: survey.size, sha256: survey.digest, resumed: survey.offset)
    }

    private func survey(_ target: LocalTarget) async throws(TransportError) -> Survey {
        let left = await BlockingPool.shared.run { target.size }
        let command = Command(TransferScript.surveySource(path, prefix: left), timeout: .seconds(600))
        let lines: [Substring]
        do throws(TransportError) {
            lines = try await run(command).outputText.split(separator: "\n")
        } catch {
            if left == 0 { await BlockingPool.shared.run { target.remove() } }
            throw error
        }
        let words = lines.first?.split(separator: " ") ?? []
        guard words.count == 2, let size = Int(words[0]) else {
            throw .downloadFailed(path: path, reason: "the node does not tell its size and checksum")
        }
        let prefix = lines.count > 1 ? lines[1].split(separator: " ").first.map(String.init) : nil
        let isBeginning = await BlockingPool.shared.run { left > 0 && left <= size && target.digest(left) == prefix }
        if isBeginning {
            onProgress?(TransferProgress(bytes: left, total: size, resumed: left))
        } else {
            await BlockingPool.shared.run { target.restart() }
        }
        return Survey(size: size, digest: String(words[1]), offset: isBeginning ? left : 0)
    }

    private func carry(_ survey: Survey, into target: LocalTarget) async throws(TransportError) -> Carriage {
        do throws(TransportError) {
            return try await session.fetch(
                path, size: survey.size, into: target, from: survey.offset, onProgress: onProgress)
        } catch {
            if case .downloadFailed(_, let reason) = error {
                throw .downloadFailed(path: path, reason: "\(target.path): \(reason)")
            }
            throw error
        }
    }

    private func carryByCommands(_ survey: Survey, into target: LocalTarget) async throws(TransportError) {
        var progress = ProgressMeter(total: survey.size, resumed: survey.offset, step: 1, onProgress)
        while progress.bytes < survey.size {
            let count = min(Self.commandBytes, survey.size - progress.bytes)
            let slice = TransferScript.slice(path, at: progress.bytes, count: count)
            let bytes = try await run(Command(slice, timeout: TransferLimit.whole(survey.size))).stdout
            guard bytes.count == count else {
                throw .downloadFailed(path: path, reason: "it became shorter while it was read")
            }
            let offset = progress.bytes
            try local(target.path, await BlockingPool.shared.run { target.put(bytes, at: offset) })
            progress.add(count)
        }
    }

    private func run(_ command: Command) async throws(TransportError) -> CommandResult {
        let result: CommandResult
        var command = command
        command.purpose = .other("download of \(path)")
        do throws(TransportError) {
            result = try await session.run(command, elevation: elevation, onOutput: nil)
        } catch {
            throw error.ofCommand(in: "download")
        }
        switch result.outcome {
        case .exited(0): return result
        case .exited(let status):
            throw .downloadFailed(
                path: path, reason: UploadScript.reason(status: status, stderr: result.errorText))
        case .signalled, .unknown:
            throw .connectionLost(during: "download", reason: result.outcome.description)
        }
    }

    private func local<Value>(_ file: String, _ result: Result<Value, FileError>) throws(TransportError) -> Value {
        switch result {
        case .success(let value): return value
        case .failure(let error): throw .downloadFailed(path: path, reason: "\(file): \(error.ofThisMachine)")
        }
    }
}
