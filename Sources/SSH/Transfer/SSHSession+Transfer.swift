import Transport

extension SSHSession {
    /// Bytes on their way before an answer is awaited: sshd's own window is 2 MiB (libssh2 fact 9).
    private static let writeWindow = 4 << 20
    /// Bytes asked for ahead of those that came.
    private static let readWindow = 4 << 20
    /// Content of one write: with its header, one SSH packet of libssh2's largest size.
    private static let writeSize = 32_640
    /// Content of one read; every server answers at least 32 KiB.
    private static let readSize = 32 * 1024
    private static let progressStep = 1 << 20

    /// Writes a file's content to the server, into a new file or from `offset` on.
    ///
    /// - Parameter onOpen: called once the file is there, before its content.
    func send(
        _ source: LocalSource, to path: String, from offset: Int, onOpen: @Sendable () -> Void,
        onProgress: (@Sendable (TransferProgress) -> Void)?
    ) async throws(TransportError) -> Carriage {
        try await perform("upload", within: TransferLimit.whole(source.size)) { operation throws(TransportError) in
            try await send(source, to: path, from: offset, operation, onOpen, onProgress)
        }
    }

    private func send(
        _ source: LocalSource, to path: String, from offset: Int, _ operation: SSHOperation,
        _ onOpen: @Sendable () -> Void, _ onProgress: (@Sendable (TransferProgress) -> Void)?
    ) async throws(TransportError) -> Carriage {
        let end = try await withSFTP(operation) { sftp throws(TransportError) -> Carriage in
            let access = SFTPRequest.Access.write
            let fresh = SFTPRequest.Access.create | SFTPRequest.Access.exclusive
            let opened = try await openFile(sftp, path, access: offset == 0 ? access | fresh : access, operation)
            guard case .success(let handle) = opened else { return .refused("\(opened.refusal)") }
            onOpen()
            if let refusal = try await write(source, handle, sftp, from: offset, operation, onProgress) {
                return .refused("\(refusal)")
            }
            return try await closeFile(sftp, handle, operation).map { .refused("\($0)") } ?? .done
        }
        return end ?? .impossible
    }

    private func write(
        _ source: LocalSource, _ handle: [UInt8], _ sftp: SFTPConversation, from offset: Int,
        _ operation: SSHOperation, _ onProgress: (@Sendable (TransferProgress) -> Void)?
    ) async throws(TransportError) -> SFTPRefusal? {
        var sent = offset
        var progress = ProgressMeter(total: source.size, resumed: offset, step: Self.progressStep, onProgress)
        var inFlight: [UInt32: Int] = [:]
        var slice: ArraySlice<UInt8> = []
        var refusal: SFTPRefusal?
        sftp.outbox.reserveCapacity(Self.writeSize + 512)
        let wake: @Sendable () -> Void = { [self] in loop.perform { [self] in assumeIsolated { $0.wakeAll() } } }
        while progress.bytes < source.size, refusal == nil {
            var didWork = false
            while sftp.outboxIsEmpty, sent - progress.bytes < Self.writeWindow, sent < source.size {
                if slice.isEmpty { slice = try next(source, wake)?[...] ?? [] }
                guard !slice.isEmpty else { break }
                let piece = slice.prefix(Self.writeSize)
                let id = sftp.nextID()
                SFTPRequest.write(id, handle: handle, offset: sent, piece, to: &sftp.outbox)
                inFlight[id] = piece.count
                sent += piece.count
                slice = slice.dropFirst(piece.count)
                didWork = try push(sftp, operation) || didWork
            }
            try await exchange(sftp, operation, didWork: didWork) { reply throws(TransportError) in
                guard case .status(let id, let code, let message) = reply, let count = inFlight.removeValue(forKey: id)
                else { throw .brokenSFTP }
                if code == SFTPReply.ok { return progress.add(count) }
                if refusal == nil { refusal = SFTPRefusal(code: code, message: message) }
            }
        }
        return refusal
    }

    private func next(
        _ source: LocalSource, _ wake: @escaping @Sendable () -> Void
    ) throws(TransportError) -> [UInt8]? {
        do throws(FileError) {
            return try source.take(wake)
        } catch {
            throw .uploadFailed(path: "", reason: error.ofThisMachine)
        }
    }

    /// Reads a file's content from `offset` to `size` into a local file.
    func fetch(
        _ path: String, size: Int, into target: LocalTarget, from offset: Int,
        onProgress: (@Sendable (TransferProgress) -> Void)?
    ) async throws(TransportError) -> Carriage {
        try await perform("download", within: TransferLimit.whole(size)) { operation throws(TransportError) in
            try await fetch(path, size, into: target, from: offset, operation, onProgress)
        }
    }

    private func fetch(
        _ path: String, _ size: Int, into target: LocalTarget, from offset: Int, _ operation: SSHOperation,
        _ onProgress: (@Sendable (TransferProgress) -> Void)?
    ) async throws(TransportError) -> Carriage {
        let end = try await withSFTP(operation) { sftp throws(TransportError) -> Carriage in
            let opened = try await openFile(sftp, path, access: SFTPRequest.Access.read, operation)
            guard case .success(let handle) = opened else { return .refused("\(opened.refusal)") }
            let refusal = try await read(handle, size, sftp, into: target, from: offset, operation, onProgress)
            return refusal.map { .refused("\($0)") } ?? .done
        }
        return end ?? .impossible
    }

    private func read(
        _ handle: [UInt8], _ size: Int, _ sftp: SFTPConversation, into target: LocalTarget, from offset: Int,
        _ operation: SSHOperation, _ onProgress: (@Sendable (TransferProgress) -> Void)?
    ) async throws(TransportError) -> SFTPRefusal? {
        var asked = offset
        var progress = ProgressMeter(total: size, resumed: offset, step: Self.progressStep, onProgress)
        var inFlight: [UInt32: (offset: Int, count: Int)] = [:]
        var refusal: SFTPRefusal?
        let wake: @Sendable () -> Void = { [self] in loop.perform { [self] in assumeIsolated { $0.wakeAll() } } }
        func ask(_ offset: Int, _ count: Int) {
            let id = sftp.nextID()
            SFTPRequest.read(id, handle: handle, offset: offset, count: count, to: &sftp.outbox)
            inFlight[id] = (offset, count)
        }
        while refusal == nil {
            if progress.bytes == size, try isWritten(target) { return nil }
            while asked < size, asked - progress.bytes < Self.readWindow, target.isReady {
                let count = min(Self.readSize, size - asked)
                ask(asked, count)
                asked += count
            }
            try await exchange(sftp, operation) { reply throws(TransportError) in
                switch reply {
                case .data(let id, let bytes):
                    guard let wanted = inFlight.removeValue(forKey: id), !bytes.isEmpty, bytes.count <= wanted.count
                    else { throw .brokenSFTP }
                    target.write(bytes, at: wanted.offset, wake)
                    progress.add(bytes.count)
                    // A server may answer less than was asked for; the rest is asked for again.
                    if bytes.count < wanted.count { ask(wanted.offset + bytes.count, wanted.count - bytes.count) }
                case .status(_, let code, let message):
                    let words = code == SFTPReply.endOfFile ? "it became shorter while it was read" : message
                    if refusal == nil { refusal = SFTPRefusal(code: code, message: words) }
                default: throw .brokenSFTP
                }
            }
        }
        return refusal
    }

    private func isWritten(_ target: LocalTarget) throws(TransportError) -> Bool {
        do throws(FileError) {
            return try target.isWritten()
        } catch {
            throw .downloadFailed(path: "", reason: error.ofThisMachine)
        }
    }
}

extension Result where Failure == SFTPRefusal {
    fileprivate var refusal: SFTPRefusal {
        if case .failure(let refusal) = self { return refusal }
        return SFTPRefusal(code: 0, message: "")
    }
}
