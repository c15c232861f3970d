import Logging
import Transport

/// Takes a file of this machine to a node: survey, carry, prove, and only then the name.
///
/// Over SFTP where the login user writes as himself; through commands where `sudo` is needed or the server has
/// no SFTP. Both leave and find the same hidden file, so either goes on where the other was cut. See
/// `docs/decisions/0011-file-transfer.md`.
struct FileUpload: Sendable {
    /// Bytes that one command carries: enough to hide its round trips, few enough for memory.
    private static let commandBytes = 16 << 20
    /// Bytes from which on their checksum is worth a command beside the transfer.
    private static let worthFollowing = 8 << 20

    let session: SSHSession
    let elevation: Elevation?
    let path: String
    let mode: UInt16
    let owner: String?
    let onProgress: (@Sendable (TransferProgress) -> Void)?

    private var purpose: Purpose { .other("upload to \(path)") }

    /// Sends the file.
    func send(_ file: String) async throws(TransportError) -> TransferredFile {
        guard !path.utf8.contains(0), !path.hasSuffix("/"), !path.isEmpty else {
            throw .uploadFailed(path: path, reason: "this is no file name")
        }
        let source = try local(file, await BlockingPool.shared.run { LocalSource.open(file) })
        let began = ContinuousClock.now
        session.log.info("upload of \(file) to \(path): \(source.size) bytes")
        do throws(TransportError) {
            let sent = try await send(source, file)
            session.log.info("upload to \(path): done after \((ContinuousClock.now - began).brief)")
            return sent
        } catch {
            session.log.info("upload to \(path): ended after \((ContinuousClock.now - began).brief): \(error)")
            // A lost connection leaves what arrived to the next try; after a final word it would only lie there, and
            // a full disk must not stay full.
            if case .uploadFailed = error {
                let discard = Command(TransferScript.discard(path), purpose: purpose)
                _ = try? await session.run(discard, elevation: elevation, onOutput: nil)
            }
            throw error
        }
    }

    private func send(_ source: LocalSource, _ file: String) async throws(TransportError) -> TransferredFile {
        let limit = TransferLimit.whole(source.size)
        let offset = try await resume(source, file, limit)
        if offset > 0 { session.log.info("upload to \(path): \(offset) bytes are there already") }
        var proved: String?
        if offset < source.size || offset == 0 {
            var end = Carriage.impossible
            if elevation == nil { (end, proved) = try await carry(source, from: offset, file) }
            switch end {
            case .done: break
            case .impossible:
                session.log.debug("upload to \(path): by commands, not over SFTP")
                try await carryByCommands(source, from: offset, limit, file)
            case .refused(let reason): throw .uploadFailed(path: path, reason: await explain(reason))
            }
        }
        let digest = source.digest
        let install = TransferScript.install(path, digest: digest, mode: mode, owner: owner, proved: proved)
        _ = try await run(Command(install, timeout: limit))
        return TransferredFile(bytes: source.size, sha256: digest, resumed: offset)
    }

    /// How much of the file is there already, proved by its checksum.
    private func resume(_ source: LocalSource, _ file: String, _ limit: Duration) async throws(TransportError) -> Int {
        let survey = TransferScript.surveyTarget(path, size: source.size)
        let words = try await run(Command(survey, timeout: limit)).outputText.split(whereSeparator: \.isWhitespace)
        guard words.count == 2, let size = Int(words[0]), size <= source.size else { return 0 }
        let digest = try local(file, await BlockingPool.shared.run { source.skip(size) })
        if digest == words[1] {
            onProgress?(TransferProgress(bytes: size, total: source.size, resumed: size))
            return size
        }
        source.rewind()
        _ = try await run(Command(TransferScript.discard(path)))
        return 0
    }

    /// Sends over SFTP, while the node sums up what arrives.
    ///
    /// - Returns: inode and bytes of the file, where its checksum is proved by now.
    private func carry(
        _ source: LocalSource, from offset: Int, _ file: String
    ) async throws(TransportError) -> (Carriage, proved: String?) {
        let temporary = TransferScript.temporary(for: path)
        let (opened, gate) = AsyncStream.makeStream(of: Void.self)
        defer { gate.finish() }
        async let sum = follow(opened, source)
        do throws(TransportError) {
            // Not before the transfer has its channel: a server may allow no second one.
            let end = try await session.send(
                source, to: temporary, from: offset, onOpen: { gate.yield() }, onProgress: onProgress)
            gate.finish()
            guard case .done = end, let sum = await sum, sum.digest == source.digest else { return (end, nil) }
            return (end, "\(sum.inode) \(source.size)")
        } catch {
            if case .uploadFailed(_, let reason) = error {
                throw .uploadFailed(path: path, reason: "\(file): \(reason)")
            }
            throw error
        }
    }

    private func follow(_ opened: AsyncStream<Void>, _ source: LocalSource) async -> (inode: String, digest: String)? {
        guard source.size >= Self.worthFollowing, await opened.first(where: { true }) != nil else { return nil }
        let command = Command(
            TransferScript.follow(path, size: source.size), timeout: TransferLimit.whole(source.size), purpose: purpose)
        // What goes wrong here costs time alone: the file is summed up at its end then.
        let result = try? await session.run(command, elevation: nil, onOutput: nil)
        guard let result, result.outcome.isSuccess else { return nil }
        let words = result.outputText.split(whereSeparator: \.isWhitespace).map(String.init)
        return words.count == 2 ? (words[0], words[1]) : nil
    }

    private func carryByCommands(
        _ source: LocalSource, from offset: Int, _ limit: Duration, _ file: String
    ) async throws(TransportError) {
        var progress = ProgressMeter(total: source.size, resumed: offset, step: 1, onProgress)
        repeat {
            let bytes = try local(file, await BlockingPool.shared.run { source.read(Self.commandBytes) })
            let append = TransferScript.append(path, at: progress.bytes)
            let result = try await session.run(
                Command(append, input: bytes, timeout: limit, purpose: purpose), elevation: elevation, onOutput: nil)
            try await check(result, givingUp: true)
            progress.add(bytes.count)
        } while progress.bytes < source.size
    }

    private func run(_ command: Command) async throws(TransportError) -> CommandResult {
        let result: CommandResult
        var command = command
        command.purpose = purpose
        do throws(TransportError) {
            result = try await session.run(command, elevation: elevation, onOutput: nil)
        } catch {
            throw error.ofCommand(in: "upload")
        }
        try await check(result, givingUp: false)
        return result
    }

    private func check(_ result: CommandResult, givingUp: Bool) async throws(TransportError) {
        switch result.outcome {
        case .exited(0): return
        case .exited(let status):
            let reason = UploadScript.reason(status: status, stderr: result.errorText)
            throw .uploadFailed(path: path, reason: givingUp ? await explain(reason) : reason)
        case .signalled, .unknown:
            throw .connectionLost(during: "upload", reason: result.outcome.description)
        }
    }

    /// The server's own words and what its disk says, before anything is taken away there.
    private func explain(_ reason: String) async -> String {
        let command = Command(TransferScript.space(path), purpose: purpose)
        let words = try? await session.run(command, elevation: elevation, onOutput: nil).outputText
            .split(whereSeparator: \.isWhitespace)
        guard let words, words.count == 2 else { return reason }
        if words[0] == "0" { return "\(reason): the disk is full" }
        return words[1] == "0" ? "\(reason): the file system has no inode left" : reason
    }

    private func local<Value>(_ file: String, _ result: Result<Value, FileError>) throws(TransportError) -> Value {
        switch result {
        case .success(let value): return value
        case .failure(let error): throw .uploadFailed(path: path, reason: "\(file): \(error.ofThisMachine)")
        }
    }
}
