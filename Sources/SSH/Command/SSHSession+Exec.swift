import CLibSSH2
import Logging
import Transport

extension SSHSession {
    /// Runs a script and waits for its proved end.
    ///
    /// - Parameter elevation: who must become root for it, and how; nil for root.
    /// On a deadline or a cancellation the remote process group is killed first (see ``kill(_:sudo:)``); where
    /// its end is not proved, the error says so: ``TransportError/mayStillRun(_:)``.
    func run(
        _ command: Command, elevation: Elevation?, onOutput: (@Sendable (OutputChunk) -> Void)?
    ) async throws(TransportError) -> CommandResult {
        guard !command.script.utf8.contains(0) else { throw .incompatible(reason: "the script holds a NUL byte") }
        let started = ContinuousClock.now
        log.debug("begins: \(command.purpose)")
        // The text of work may hold what a runbook says, and is in the journal; that of a probe is what hangs.
        if case .probes = command.purpose { log.trace("text of the probes:\n\(command.script)") }
        return try await perform("command", within: command.timeout) { operation throws(TransportError) in
            let running = RunningCommand(
                command.script, input: command.input, sudo: elevation?.way, keepsOutput: command.keepsOutput,
                onOutput: onOutput)
            do throws(TransportError) {
                try await runOnChannel(running, elevation: elevation, operation)
            } catch {
                log.debug("\(running.traffic(command.purpose, since: started)): \(error)")
                guard !running.wasToldToBegin else { throw error }
                // The phase tells whoever reads it that the command has not begun.
                switch error {
                case .connectionLost(_, let reason): throw .connectionLost(during: "open", reason: reason)
                case .timedOut("command", let limit): throw .timedOut(phase: "start", after: limit)
                default: throw error
                }
            }
            let result = running.result(since: started)
            log.debug("\(running.traffic(command.purpose, since: started)): \(result.outcome)")
            return result
        }
    }

    private func runOnChannel(
        _ running: RunningCommand, elevation: Elevation?, _ operation: SSHOperation
    ) async throws(TransportError) {
        try await takeSlot(operation)
        defer { release(running) }
        do throws(TransportError) {
            try await execute(running, operation)
        } catch {
            guard running.wasToldToBegin else { throw error }
            // What was received may still prove the end; if not, nothing does.
            if case .connectionLost = error { return }
            throw await kill(running, sudo: elevation?.way) ? error : .mayStillRun(error)
        }
        if !running.wasToldToBegin { throw whyNothingBegan(running, elevation: elevation) }
        if running.reader.wasNotRecorded { throw .notRecorded(reason: running.firstErrors) }
    }

    /// Why a command whose channel is over was never told to begin, so that nothing of it ran.
    private func whyNothingBegan(_ running: RunningCommand, elevation: Elevation?) -> TransportError {
        if running.reader.pid != nil { return .timedOut(phase: "start", after: deadlines.start) }
        let words = running.wordsInstead()
        if let refusal = elevation?.refusal(in: words) { return refusal }
        return .notBegun(
            user: elevation?.user ?? "root", address: address, said: words.joined(separator: " "),
            status: running.status)
    }

    /// Waits for one of the session's channels, in order of arrival; every success owes a ``release(_:)``.
    private func takeSlot(_ operation: SSHOperation) async throws(TransportError) {
        channels.queue.join(operation.id)
        defer {
            channels.queue.leave(operation.id)
            if channels.queue.isBusy { wakeAll() }
        }
        if channels.inUse >= channels.limit {
            log.debug(
                "waits for a channel: \(channels.inUse) are in use, and the server has room for \(channels.limit)")
        }
        while !channels.queue.isFirst(operation.id) || channels.inUse >= channels.limit {
            cutIfStuck()
            try await wait(operation)
        }
        channels.active += 1
    }

    /// Ends the session where nothing is left of it but closes that the server does not confirm.
    ///
    /// A process that cannot be killed keeps its channel, which is borne as long as others are free.
    private func cutIfStuck() {
        guard channels.cut == nil, channels.active == 0, channels.closing.count >= channels.limit else { return }
        channels.cut = loop.schedule(after: deadlines.close) { [weak self] in
            self?.assumeIsolated { session in
                session.channels.cut = nil
                guard session.channels.active == 0, session.channels.closing.count >= session.channels.limit,
                    session.channels.queue.isBusy
                else { return session.wakeAll() }
                session.tearDown("the server does not confirm the end of closed channels")
            }
        }
    }

    /// Opens a channel, sends the request and moves bytes until the command is over.
    func execute(_ running: RunningCommand, _ operation: SSHOperation) async throws(TransportError) {
        try await open(running, operation)
        running.lastStart = loop.now + deadlines.start
        let timer = loop.schedule(after: deadlines.start) { [weak self] in self?.assumeIsolated { $0.wakeAll() } }
        defer { loop.cancelTimer(timer) }
        try await pump(running, operation)
        guard !running.reader.isComplete, let channel = running.channel else { return }
        // No report can come any more: whatever runs there must not wait for the word to begin.
        if !running.wasToldToBegin, !running.inputIsOver {
            running.inputIsOver = true
            _ = try await drive(operation) { libssh2_channel_send_eof(channel) }
        }
        // The end of both streams without a report: the server knows the signal, if there was one.
        let closed = try await drive(operation) { libssh2_channel_wait_closed(channel) }
        guard case .success = closed else { return }
        running.status = libssh2_channel_get_exit_status(channel)
        running.signal = exitSignal(of: channel, operation.handle.raw)
    }

    /// Moves input and output until the reports are complete, or the streams are over.
    func pump(_ running: RunningCommand, _ operation: SSHOperation) async throws(TransportError) {
        guard let channel = running.channel else { return }
        while true {
            let before = operation.handle.wire.bytesIn
            let moved = Result { () throws(TransportError) in
                let wrote = try feed(running, channel, operation)
                let read = try drain(running, channel, .stdout, operation)
                return try drain(running, channel, .stderr, operation) || read || wrote
            }
            let hasInput = operation.handle.wire.bytesIn != before
            if hasInput { inputMoved() }
            // The read of one stream may have taken the other's bytes, of which nobody will be told again (fact 4).
            let progressed = try moved.get() || hasInput
            if running.reader.isComplete { return }
            try running.checkLength()
            if libssh2_channel_eof(channel) != 0 { return }
            guard progressed else {
                try await wait(operation)
                continue
            }
            try await goOn(operation)
        }
    }

    /// Goes on with an operation that had something to move.
    ///
    /// A peer that never stops must let deadlines and other sessions have their turn.
    func goOn(_ operation: SSHOperation) async throws(TransportError) {
        try checkGoesOn(operation)
        operation.passes &+= 1
        if operation.passes.isMultiple(of: 4) { await Task.yield() }
    }

    /// Gives a command's channel back; the server's confirmation is awaited by nobody.
    func release(_ running: RunningCommand) {
        channels.active -= 1
        if let channel = running.channel, handle != nil { channels.closing.append(channel) }
        running.channel = nil
        reapChannels()
        wakeAll()
    }

    /// Frees the channels whose close the server confirmed.
    ///
    /// Freeing waits for that confirmation (libssh2 fact 7), so it is tried again on every input; a command
    /// that cannot be killed keeps its slot until the session ends.
    func reapChannels() {
        guard let handle, !channels.closing.isEmpty else { return }
        let before = handle.wire.bytesIn
        let count = channels.closing.count
        channels.closing.removeAll { libssh2_channel_free($0) != LIBSSH2_ERROR_EAGAIN }
        if handle.wire.bytesIn != before || channels.closing.count != count { wakeAll() }
        takeOwedTurn()
    }

    // MARK: Steps

    /// Sends as much input as the window and the backlog allow, once the remote shell reported; whether any went.
    ///
    /// Whatever the server runs in place of a command gets neither the script nor a secret. Where no report comes
    /// in time the input ends without a byte, which ends most programs, and keeps a late shell from beginning.
    private func feed(
        _ running: RunningCommand, _ channel: OpaquePointer, _ operation: SSHOperation
    ) throws(TransportError) -> Bool {
        var progressed = false
        if !running.wasToldToBegin, !running.inputIsOver {
            if running.reader.pid == nil {
                guard let last = running.lastStart, loop.now >= last else { return false }
                running.inputIsOver = libssh2_channel_send_eof(channel) != LIBSSH2_ERROR_EAGAIN
                return running.inputIsOver
            }
        }
        while running.bytesSent < running.input.count, !running.inputIsOver {
            guard operation.handle.wire.backlog < Wire.backlogLimit else { return progressed }
            let written = running.input.withUnsafeBytes { bytes in
                libssh2_channel_write_ex(
                    channel, 0, bytes.bindMemory(to: CChar.self).baseAddress.map { $0 + running.bytesSent },
                    bytes.count - running.bytesSent)
            }
            if written == Int(LIBSSH2_ERROR_EAGAIN) || written == 0 { return progressed }
            if written < 0 {
                try check(written, operation)
                // The channel takes no more input; whether that matters, the command's status tells.
                running.inputIsOver = true
                return progressed
            }
            running.bytesSent += written
            progressed = true
        }
        if !running.inputIsOver {
            let code = libssh2_channel_send_eof(channel)
            if code == LIBSSH2_ERROR_EAGAIN { return progressed }
            running.inputIsOver = true
        }
        return progressed
    }

    /// Takes everything that has come on one stream; whether there was any.
    private func drain(
        _ running: RunningCommand, _ channel: OpaquePointer, _ stream: OutputChunk.Stream, _ operation: SSHOperation
    ) throws(TransportError) -> Bool {
        let number: CInt = stream == .stdout ? 0 : SSH_EXTENDED_DATA_STDERR
        let buffer = loop.scratch
        var progressed = false
        while !running.reader.isComplete {
            let count = libssh2_channel_read_ex(
                channel, number, buffer.bindMemory(to: CChar.self).baseAddress, buffer.count)
            if count == 0 || count == Int(LIBSSH2_ERROR_EAGAIN) { return progressed }
            if count < 0 {
                try check(count, operation)
                return progressed
            }
            running.receive(UnsafeRawBufferPointer(rebasing: buffer[0..<count]), of: stream)
            progressed = true
        }
        return progressed
    }

    /// Throws where a failed read or write means that the whole connection is lost.
    ///
    /// All but two failures do: also one of a packet that was damaged on the way, after which nothing that
    /// libssh2 says about this session can be believed.
    func check(_ code: Int, _ operation: SSHOperation) throws(TransportError) {
        let failure = operation.handle.failure(CInt(truncatingIfNeeded: code))
        let wire = operation.handle.wire
        if wire.failure == nil {
            if failure.code == .channelClosed || failure.code == .channelEOFSent { return }
            tearDown(failure.description)
        }
        throw .connectionLost(during: operation.phase, reason: wire.failure ?? failure.description)
    }

    private func exitSignal(of channel: OpaquePointer, _ raw: OpaquePointer) -> String? {
        var name: UnsafeMutablePointer<CChar>?
        var length = 0
        let code = libssh2_channel_get_exit_signal(channel, &name, &length, nil, nil, nil, nil)
        guard code == 0, let name else { return nil }
        defer { libssh2_free(raw, name) }
        return String(cString: name).safeForTerminal
    }
}
