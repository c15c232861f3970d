import CLibSSH2
import Logging
import Transport

/// A channel type no server knows: opening it is answered with a refusal and changes nothing there.
private let pingChannel = "ping@harun"

extension SSHSession {
    /// Begins to look for signs of life.
    func startLiveness() {
        guard let handle else { return }
        handle.wire.forgetGreeting()
        liveness.tick = loop.schedule(after: deadlines.keepalive) { [weak self] in
            self?.assumeIsolated { $0.lookForLife() }
        }
    }

    /// Stops looking, at the end of the session.
    func stopLiveness() {
        if let tick = liveness.tick { loop.cancelTimer(tick) }
        if let idleRead = liveness.idleRead { loop.cancelTimer(idleRead) }
        liveness = Liveness()
    }

    /// Reads input that came with nobody waiting, a little later, unless somebody does it first.
    ///
    /// A server's own keepalive must be answered even while harun is idle, and libssh2 reads only inside
    /// a call. At once would be wasteful: OpenSSH sends an unasked message after every login.
    func readSoon() {
        guard liveness.idleRead == nil, liveness.tick != nil else { return }
        liveness.idleRead = loop.schedule(after: deadlines.keepalive / 5) { [weak self] in
            self?.assumeIsolated {
                $0.liveness.idleRead = nil
                $0.ping()
            }
        }
    }

    /// Goes on with a ping that waits for its answer.
    func stepPing() {
        guard liveness.isPinging, let handle else { return }
        let before = handle.wire.bytesIn
        let type = pingChannel
        let channel = libssh2_channel_open_ex(handle.raw, type, UInt32(type.utf8.count), 1024, 1024, nil, 0)
        let isPending = channel == nil && libssh2_session_last_errno(handle.raw) == LIBSSH2_ERROR_EAGAIN
        if let channel { channels.closing.append(channel) }
        if !isPending {
            liveness.isPinging = false
            lane.leave(pingID)
        }
        if !isPending || handle.wire.bytesIn != before { wakeAll() }
        takeOwedTurn()
        guard !isPending, operations.isEmpty, let failure = handle.wire.failure else { return }
        tearDown(failure)
    }

    /// Whether anything came since the last look, bytes that nobody has read yet included.
    ///
    /// A loop that is late sees its deadlines before its sockets; the peer is not to blame for that.
    private func showsLife(_ wire: Wire) -> Bool {
        liveness.sawInput || wire.bytesIn != liveness.bytesIn || wire.carrier.hasInput
    }

    private func lookForLife() {
        guard let handle else { return }
        liveness.silentTicks = showsLife(handle.wire) ? 0 : liveness.silentTicks + 1
        liveness.sawInput = false
        liveness.bytesIn = handle.wire.bytesIn
        if liveness.silentTicks > 0 {
            let silence = deadlines.keepalive * liveness.silentTicks
            log.info(
                """
                no sign of life for \(silence.brief): \(liveness.silentTicks) of \(deadlines.keepaliveCount) keepalives \
                are without an answer
                """)
        }
        if liveness.silentTicks >= deadlines.keepaliveCount {
            tearDown("no sign of life for \(deadlines.keepalive * deadlines.keepaliveCount)")
            return
        }
        if handle.wire.failure == nil { ping() }
        startLiveness()
    }

    /// Asks the server for an answer, whatever it is.
    ///
    /// Not `libssh2_keepalive_send`: its reply is never read by an idle libssh2 (fact 15). An open channel
    /// request that must fail makes libssh2 read everything up to the refusal. A busy lane is itself
    /// waiting for an answer, so it needs none.
    func ping() {
        guard let handle else { return }
        // Its own turn in the lane is no answer that somebody else reads.
        if liveness.isPinging { return stepPing() }
        if lane.isBusy {
            // A jump host that waits for a dead host says nothing; this answer is read with what the tunnels get.
            guard abandonedOpen != nil else { return }
            libssh2_keepalive_config(handle.raw, 1, 2)
            var next: CInt = 0
            libssh2_keepalive_send(handle.raw, &next)
            return
        }
        lane.join(pingID)
        liveness.isPinging = true
        stepPing()
    }
}
