import CLibSSH2
import Transport

/// What a session to a jump host does for the sessions behind it.
extension SSHSession {
    /// The way to a host that a jump host was asked for and that nobody waits for any more.
    struct AbandonedOpen {
        var host: String
        var port: UInt16
        /// Its place in the lane.
        var turn: UInt64
    }

    /// Nobody is in the middle of an open.
    var isLaneFree: Bool { !isOver && !lane.isBusy }

    /// Whether the session is over, or is about to be found out to be.
    var isOver: Bool { !isOpen }

    /// Opens a way to a host through this one.
    ///
    /// libssh2 opens one channel at a time (fact 5), and a jump host answers for a dead host only after
    /// minutes. So an open that takes too long is left to end by itself; until then this session opens nothing
    /// more, while everything that is open goes on.
    ///
    /// - Parameters:
    ///   - patience: how long to wait for an open that is under way.
    ///   - onEnd: called once the tunnel is given back.
    /// - Returns: nil where the patience ended.
    func openTunnel(
        to host: String, port: UInt16, patience: Duration, within limit: Duration,
        onEnd: @escaping @Sendable () -> Void
    ) async throws(TransportError) -> Tunnel? {
        guard let turn = try await enterLane(patience) else { return nil }
        let result: Result<OpaquePointer, LibSSH2Failure>
        do throws(TransportError) {
            result = try await perform("connect", within: limit) { operation throws(TransportError) in
                try await drive(operation) { Self.openStep(operation.handle.raw, host, port) }
            }
        } catch {
            if handle != nil { abandonedOpen = AbandonedOpen(host: host, port: port, turn: turn) }
            throw error
        }
        lane.leave(turn)
        wakeAll()
        switch result {
        case .success(let channel):
            guard let handle else { throw .connectionLost(during: "connect", reason: "the connection is closed") }
            return Tunnel(outer: self, handle: handle, channel: channel, onEnd: onEnd)
        case .failure(let failure) where failure.code.isConnectionLoss || isOver:
            throw .connectionLost(during: "connect", reason: handle?.wire.failure ?? failure.description)
        case .failure(let failure):
            throw .unreachable(
                address: port == 22 ? host : "\(host) port \(port)", reason: tunnelRefusal(failure))
        }
    }

    /// Waits for the lane; nil where the patience ended.
    private func enterLane(_ patience: Duration) async throws(TransportError) -> UInt64? {
        do throws(TransportError) {
            return try await perform("lane", within: patience) { operation throws(TransportError) in
                lane.join(operation.id)
                do throws(TransportError) {
                    while !lane.isFirst(operation.id) { try await wait(operation) }
                } catch {
                    lane.leave(operation.id)
                    wakeAll()
                    throw error
                }
                return operation.id
            }
        } catch {
            if case .timedOut("lane", _) = error { return nil }
            throw error
        }
    }

    private static func openStep(_ raw: OpaquePointer, _ host: String, _ port: UInt16) -> Step<OpaquePointer> {
        if let channel = libssh2_channel_direct_tcpip_ex(raw, host, CInt(port), "127.0.0.1", 0) {
            return .done(channel)
        }
        let code = libssh2_session_last_errno(raw)
        return code == LIBSSH2_ERROR_EAGAIN ? .wouldBlock : .failed(code)
    }

    private func tunnelRefusal(_ failure: LibSSH2Failure) -> String {
        let message = failure.message
        if message.contains("prohibited") {
            return "the jump host \(address) forbids it (AllowTcpForwarding or PermitOpen in its sshd_config)"
        }
        if message.contains("connect failed") { return "the jump host \(address) cannot connect to it" }
        return "the jump host \(address) does not open a way to it: \(handle?.wire.failure ?? failure.description)"
    }

    /// Goes on with an open that nobody waits for.
    func stepAbandonedOpen() {
        guard let open = abandonedOpen, let handle else { return }
        switch Self.openStep(handle.raw, open.host, open.port) {
        case .wouldBlock: return
        case .done(let channel): channels.closing.append(channel)
        case .failed: break
        }
        abandonedOpen = nil
        lane.leave(open.turn)
        wakeAll()
    }

    /// Lets the sessions behind this one look for their bytes, once what is being done now is done.
    ///
    /// On the loop's thread, and never at once: see ``Tunnel``.
    nonisolated func lookAtTunnels(_ handle: SessionHandle) {
        guard !handle.isLookDue else { return }
        handle.isLookDue = true
        _ = loop.schedule(after: .zero) { [self] in
            handle.isLookDue = false
            assumeIsolated { $0.inputWasTaken() }
        }
    }

    private func inputWasTaken() {
        resumeWaiters()
        reapChannels()
        stepPing()
        stepAbandonedOpen()
        serveTunnels()
    }

    /// Reads what came for the sessions behind this one and hands it on.
    func serveTunnels() {
        guard let handle, let first = handle.tunnels.first else { return }
        let before = handle.wire.bytesIn
        guard first.pump() else { return tearDown(handle.wire.failure ?? "the connection broke") }
        if handle.wire.bytesIn != before { resumeWaiters() }
        for tunnel in handle.tunnels { tunnel.poke() }
        takeOwedTurn()
    }

    /// Frees a tunnel's channel, once the server confirms its close.
    func takeBack(_ channel: UInt) {
        guard handle != nil, let channel = OpaquePointer(bitPattern: channel) else { return }
        channels.closing.append(channel)
        reapChannels()
    }
}
