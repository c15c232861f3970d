import CLibSSH2
import Transport

extension SSHSession {
    /// Unread data that a fetching channel may hold: what a long line carries in one round trip, and more.
    private static let receiveWindow: UInt32 = 4 << 20

    /// Starts the server's SFTP subsystem, lets `body` use it, and gives its channel back.
    ///
    /// Nothing has to be ended in order: a transfer that is interrupted leaves its channel to the reaper like
    /// any command, and the server closes the file with it.
    ///
    /// - Returns: nil where the server has no such subsystem.
    func withSFTP<Value>(
        _ operation: SSHOperation, _ body: (SFTPConversation) async throws(TransportError) -> Value
    ) async throws(TransportError) -> Value? {
        guard !lacksSFTP else { return nil }
        while channels.inUse >= channels.limit { try await wait(operation) }
        channels.active += 1
        let sftp = SFTPConversation()
        defer { release(sftp) }
        sftp.channel = try await openChannel(window: Self.receiveWindow, operation)
        guard let channel = sftp.channel else { return nil }
        // One request at a time, as for commands.
        let started = try await exclusively(operation) { () throws(TransportError) in
            try await withOwnDeadline(of: operation) { opening throws(TransportError) in
                try await drive(opening) { libssh2_channel_process_startup(channel, "subsystem", 9, "sftp", 4) }
            }
        }
        if case .failure(let failure) = started {
            guard failure.code == .channelRequestDenied else {
                throw .connectionLost(during: "open", reason: operation.handle.wire.failure ?? failure.description)
            }
            lacksSFTP = true
            return nil
        }
        SFTPRequest.initialise(to: &sftp.outbox)
        guard case .version = try await answer(sftp, operation) else { throw .brokenSFTP }
        return try await body(sftp)
    }

    /// Opens a file on the server.
    ///
    /// - Returns: the handle, or the server's words of refusal.
    func openFile(
        _ sftp: SFTPConversation, _ path: String, access: UInt32, _ operation: SSHOperation
    ) async throws(TransportError) -> Result<[UInt8], SFTPRefusal> {
        SFTPRequest.open(sftp.nextID(), path: path, access: access, to: &sftp.outbox)
        switch try await answer(sftp, operation) {
        case .handle(_, let handle): return .success(handle)
        case .status(_, let code, let message): return .failure(SFTPRefusal(code: code, message: message))
        default: throw .brokenSFTP
        }
    }

    /// Closes a file and waits for the server's word on it: a full disk may show only here.
    func closeFile(
        _ sftp: SFTPConversation, _ handle: [UInt8], _ operation: SSHOperation
    ) async throws(TransportError) -> SFTPRefusal? {
        SFTPRequest.close(sftp.nextID(), handle: handle, to: &sftp.outbox)
        guard case .status(_, let code, let message) = try await answer(sftp, operation) else { throw .brokenSFTP }
        return code == SFTPReply.ok ? nil : SFTPRefusal(code: code, message: message)
    }

    /// One pass in both directions, then a wait if neither moved anything.
    ///
    /// - Parameter take: called with each reply that came.
    func exchange(
        _ sftp: SFTPConversation, _ operation: SSHOperation, didWork: Bool = false,
        _ take: (SFTPReply) throws(TransportError) -> Void
    ) async throws(TransportError) {
        let before = operation.handle.wire.bytesIn
        let moved = Result { () throws(TransportError) in
            let pushed = try push(sftp, operation)
            return try pull(sftp, operation) || pushed
        }
        let hasInput = operation.handle.wire.bytesIn != before
        if hasInput { wakeAll() }
        // As for commands: the second read may have taken what the first one waits for.
        let progressed = try moved.get() || hasInput
        while let reply = try sftp.inbox.next() { try take(reply) }
        if progressed || didWork { return try await goOn(operation) }
        if let channel = sftp.channel, libssh2_channel_eof(channel) != 0 {
            let words = String(decoding: sftp.noise.suffix(200), as: UTF8.self).split(separator: "\n").last
            throw .connectionLost(
                during: operation.phase,
                reason: "the SFTP server ended\(words.map { ": \(String($0).safeForTerminal)" } ?? "")")
        }
        try await wait(operation)
    }

    /// Sends what is in the outbox and waits for one reply.
    private func answer(
        _ sftp: SFTPConversation, _ operation: SSHOperation
    ) async throws(TransportError) -> SFTPReply {
        var answer: SFTPReply?
        while answer == nil {
            try await exchange(sftp, operation) { reply throws(TransportError) in
                guard answer == nil else { throw .brokenSFTP }
                answer = reply
            }
        }
        guard let answer else { throw .brokenSFTP }
        return answer
    }

    /// Hands requests to the channel while it and the wire take them; whether any went.
    func push(_ sftp: SFTPConversation, _ operation: SSHOperation) throws(TransportError) -> Bool {
        guard let channel = sftp.channel else { return false }
        var progressed = false
        while !sftp.outboxIsEmpty, operation.handle.wire.backlog < Wire.backlogLimit {
            let count = sftp.outbox.withUnsafeBytes { bytes in
                libssh2_channel_write_ex(
                    channel, 0, bytes.bindMemory(to: CChar.self).baseAddress.map { $0 + sftp.outboxHead },
                    bytes.count - sftp.outboxHead)
            }
            if count == Int(LIBSSH2_ERROR_EAGAIN) || count == 0 { return progressed }
            if count < 0 {
                try check(count, operation)
                throw .connectionLost(during: operation.phase, reason: "the SFTP server takes no more requests")
            }
            sftp.outboxHead += count
            progressed = true
        }
        if sftp.outboxIsEmpty {
            sftp.outbox.removeAll(keepingCapacity: true)
            sftp.outboxHead = 0
        }
        return progressed
    }

    private func pull(_ sftp: SFTPConversation, _ operation: SSHOperation) throws(TransportError) -> Bool {
        guard let channel = sftp.channel else { return false }
        var progressed = false
        for stream in [0, SSH_EXTENDED_DATA_STDERR] {
            while true {
                let buffer = loop.scratch
                let count = libssh2_channel_read_ex(
                    channel, stream, buffer.bindMemory(to: CChar.self).baseAddress, buffer.count)
                if count == 0 || count == Int(LIBSSH2_ERROR_EAGAIN) { break }
                if count < 0 {
                    try check(count, operation)
                    break
                }
                let bytes = UnsafeRawBufferPointer(rebasing: buffer[0..<count])
                if stream == 0 { sftp.inbox.add(bytes) } else { sftp.noise = sftp.noise.suffix(1000) + bytes }
                progressed = true
            }
        }
        return progressed
    }

    private func release(_ sftp: SFTPConversation) {
        channels.active -= 1
        if let channel = sftp.channel, handle != nil { channels.closing.append(channel) }
        sftp.channel = nil
        reapChannels()
        wakeAll()
    }
}
