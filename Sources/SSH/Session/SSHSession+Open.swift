import CLibSSH2
import Transport

/// Channels of a session: their opening, and the one request that each is opened for.
extension SSHSession {
    /// Memory and data in flight that one command may hold; 2,000 nodes times libssh2's 2 MiB would be 4 GiB.
    private static let window: UInt32 = 256 * 1024
    /// How long a server may refuse every open, without another channel to blame, until it means it.
    ///
    /// Not a number of refusals: a busy sshd takes longer to forget a closed channel than a few rounds of them.
    private static let refusalsAllowed = Duration.seconds(10)
    /// Until a refused open is tried again.
    private static let refusalPause = Duration.milliseconds(50)

    /// Opens the channel and sends the request, under a deadline of its own.
    ///
    /// Neither may be abandoned half-way: libssh2 keeps the state of an open once per session (fact 5), and
    /// after a half-known request nobody could say whether the command runs. So a command's deadline or
    /// cancellation is looked at before and after.
    func open(_ running: RunningCommand, _ operation: SSHOperation) async throws(TransportError) {
        running.channel = try await openChannel(window: Self.window, operation)
        // One request at a time: a call that waits for its answer fails over the answer to another channel's.
        try await exclusively(operation) { () throws(TransportError) in
            if let ending = operation.ending { throw ending }
            try await withOwnDeadline(of: operation) { opening throws(TransportError) in
                try await request(running, opening)
            }
        }
    }

    /// Opens a channel, waiting where the server has no room for one now.
    ///
    /// - Parameter window: memory and data in flight that it may hold, in bytes.
    func openChannel(window: UInt32, _ operation: SSHOperation) async throws(TransportError) -> OpaquePointer {
        while true {
            if let ending = operation.ending { throw ending }
            let opened = try await exclusively(operation) { () throws(TransportError) in
                try await withOwnDeadline(of: operation) { opening throws(TransportError) in
                    try await tryToOpenChannel(window: window, opening)
                }
            }
            guard let channel = opened else {
                // All input wakes; asked anew at every wake-up, the server would do little else than refuse.
                let retry = loop.now + Self.refusalPause
                // sshd counts a closed channel until its next turn, so a refusal right after a close means little.
                _ = loop.schedule(after: Self.refusalPause) { [weak self] in self?.assumeIsolated { $0.wakeAll() } }
                repeat { try await wait(operation) } while loop.now < retry
                continue
            }
            guard let ending = operation.ending else { return channel }
            if handle != nil { channels.closing.append(channel) }
            throw ending
        }
    }

    /// Runs `body` alone among the calls whose state libssh2 keeps per session.
    func exclusively<Value>(
        _ operation: SSHOperation, _ body: () async throws(TransportError) -> Value
    ) async throws(TransportError) -> Value {
        lane.join(operation.id)
        defer {
            lane.leave(operation.id)
            wakeAll()
        }
        while !lane.isFirst(operation.id) { try await wait(operation) }
        return try await body()
    }

    /// Lets `body` end in its own time: what it does must not be abandoned half-way.
    func withOwnDeadline<Value>(
        of operation: SSHOperation, _ body: (SSHOperation) async throws(TransportError) -> Value
    ) async throws(TransportError) -> Value {
        let opening = try begin("open", within: deadlines.open)
        operation.part = opening
        defer {
            operation.part = nil
            end(opening)
        }
        do throws(TransportError) {
            return try await body(opening)
        } catch {
            if case .timedOut("open", _) = error { tearDown("the server does not answer") }
            throw operation.ending ?? error
        }
    }

    /// A new channel, or nil where the server allows no more of them at once and others are open.
    private func tryToOpenChannel(
        window: UInt32, _ operation: SSHOperation
    ) async throws(TransportError) -> OpaquePointer? {
        let raw = operation.handle.raw
        let others = channels.inUse - 1
        let result = try await drive(operation) { () -> Step<OpaquePointer> in
            if let channel = libssh2_channel_open_ex(raw, "session", 7, window, 32768, nil, 0) {
                return .done(channel)
            }
            let code = libssh2_session_last_errno(raw)
            return code == LIBSSH2_ERROR_EAGAIN ? .wouldBlock : .failed(code)
        }
        switch result {
        case .success(let channel):
            channels.refusedSince = nil
            return channel
        case .failure(let failure) where failure.code == .channelFailure:
            let since = others > 0 ? nil : channels.refusedSince ?? loop.now
            channels.refusedSince = since
            if let since, loop.now - since >= Self.refusalsAllowed {
                throw .sessionRefused(address: address, reason: "it opens no session (MaxSessions in its sshd_config)")
            }
            channels.limit = max(1, min(channels.limit, others))
            return nil
        case .failure(let failure):
            throw .connectionLost(during: "open", reason: operation.handle.wire.failure ?? failure.description)
        }
    }

    private func request(_ running: RunningCommand, _ operation: SSHOperation) async throws(TransportError) {
        guard let channel = running.channel else { return }
        let text = running.envelope.request
        let result = try await drive(operation) {
            libssh2_channel_process_startup(channel, "exec", 4, text, UInt32(text.utf8.count))
        }
        guard case .failure(let failure) = result else { return }
        if failure.code == .channelRequestDenied {
            throw .sessionRefused(address: address, reason: "it runs no commands")
        }
        throw .connectionLost(during: "open", reason: operation.handle.wire.failure ?? failure.description)
    }
}
