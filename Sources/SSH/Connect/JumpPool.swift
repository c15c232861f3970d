import Synchronization
import Transport

/// The sessions to jump hosts, shared by everything that goes through them.
///
/// One a jump host, and a few more where that one is stuck in an open (see ``SSHSession/openTunnel``). A
/// session is closed some seconds after its last tunnel.
final class JumpPool: Sendable {
    /// Opens a session to a jump host and logs in, on a loop of its own if there is one.
    typealias Opening = @Sendable (Endpoint, EventLoop?) async throws(TransportError) -> SSHSession

    private struct Entry {
        var session: SSHSession
        var users: Int
    }

    private struct State {
        var entries: [Endpoint: [Entry]] = [:]
        /// How many attempts to open a session failed, and why the last one did.
        var failures: [Endpoint: (count: Int, last: TransportError)] = [:]
    }

    /// Opens that hang are rare, and each new session is a login.
    private static let mostSessions = 8
    /// How long an open may hold up the next one before another session is worth its login.
    private static let patience = Duration.milliseconds(500)
    private static let linger = Duration.seconds(5)

    private let state = Mutex(State())
    private let opening = ConnectGate(limit: 1)

    /// A way through a jump host.
    ///
    /// - Parameters:
    ///   - limit: how long the jump host may take to connect.
    ///   - own: a loop that no other session may share; the session to the jump host is then not shared either.
    ///   - open: opens a session to the jump host, if there is none that can be used.
    func tunnel(
        through hop: Endpoint, to host: String, port: UInt16, within limit: Duration, on own: EventLoop?,
        open: Opening
    ) async throws(TransportError) -> (tunnel: Tunnel, loop: EventLoop) {
        if let own { return (try await privateTunnel(through: hop, to: host, port, limit, on: own, open), own) }
        var busy = 0
        while true {
            let session = try await session(to: hop, busy: busy, open)
            let tunnel: Tunnel?
            do throws(TransportError) {
                let patience = busy >= Self.mostSessions ? limit : Self.patience
                tunnel = try await session.openTunnel(
                    to: host, port: port, patience: patience, within: limit, onEnd: { self.release(session, hop) })
            } catch {
                release(session, hop)
                // A session that ended before it was used is no fault of the jump host.
                if case .connectionLost = error, busy < Self.mostSessions {
                    busy += 1
                    continue
                }
                throw error
            }
            if let tunnel { return (tunnel, session.loop) }
            release(session, hop)
            busy += 1
            if busy > Self.mostSessions {
                throw .unreachable(
                    address: host, reason: "the jump host \(hop.node) is busy with hosts that do not answer")
            }
        }
    }

    /// A way through a session that nobody else uses and that ends with it.
    private func privateTunnel(
        through hop: Endpoint, to host: String, _ port: UInt16, _ limit: Duration, on own: EventLoop, _ open: Opening
    ) async throws(TransportError) -> Tunnel {
        let session: SSHSession
        do throws(TransportError) {
            session = try await open(hop, own)
        } catch {
            throw Self.named(error, hop)
        }
        let close: @Sendable () -> Void = { session.loop.perform { session.assumeIsolated { $0.close() } } }
        do throws(TransportError) {
            let tunnel = try await session.openTunnel(
                to: host, port: port, patience: limit, within: limit, onEnd: close)
            guard let tunnel else { throw .timedOut(phase: "connect", after: limit) }
            return tunnel
        } catch {
            close()
            throw error
        }
    }

    /// An error of a host further in front names that one already.
    private static func named(_ error: TransportError, _ hop: Endpoint) -> TransportError {
        switch error {
        case .cancelled, .viaJump: error
        default: .viaJump(host: hop.node.text, error)
        }
    }

    /// A session that can open a tunnel at once; a new one where there is none, or where the others are busy.
    private func session(
        to hop: Endpoint, busy: Int, _ open: Opening
    ) async throws(TransportError) -> SSHSession {
        if let session = await usable(hop, evenIfBusy: busy == 0) { return session }
        let failed = state.withLock { $0.failures[hop]?.count ?? 0 }
        let key = (hop.jumps + [hop]).map { "\($0.user)@\($0.address) \($0.port)" }.joined(separator: ",")
        try await opening.enter(key)
        defer { opening.leave(key) }
        // Whoever was first has opened one by now, or has found out why that cannot be.
        if let session = await usable(hop, evenIfBusy: busy == 0) { return session }
        if let failure = state.withLock({ $0.failures[hop] }), failure.count > failed { throw failure.last }
        let count = state.withLock { $0.entries[hop]?.count ?? 0 }
        if count >= Self.mostSessions, let session = await usable(hop, evenIfBusy: true) { return session }
        do throws(TransportError) {
            let session = try await open(hop, nil)
            state.withLock { $0.entries[hop, default: []].append(Entry(session: session, users: 1)) }
            return session
        } catch {
            if error == .cancelled { throw error }
            let error = Self.named(error, hop)
            state.withLock { $0.failures[hop] = (failed + 1, error) }
            throw error
        }
    }

    /// One of the sessions that are open, counted as used; the dead ones are forgotten.
    private func usable(_ hop: Endpoint, evenIfBusy: Bool) async -> SSHSession? {
        let sessions = state.withLock { $0.entries[hop]?.map(\.session) ?? [] }
        var second: SSHSession?
        for session in sessions {
            if await session.isOver {
                forget(session, hop)
            } else if await session.isLaneFree {
                if take(session, hop) { return session }
            } else if second == nil {
                second = session
            }
        }
        guard evenIfBusy, let second, take(second, hop) else { return nil }
        return second
    }

    private func take(_ session: SSHSession, _ hop: Endpoint) -> Bool {
        state.withLock { state in
            guard let index = state.entries[hop]?.firstIndex(where: { $0.session === session }) else { return false }
            state.entries[hop]?[index].users += 1
            return true
        }
    }

    private func forget(_ session: SSHSession, _ hop: Endpoint) {
        state.withLock { $0.entries[hop]?.removeAll { $0.session === session } }
        session.loop.perform { session.assumeIsolated { $0.close() } }
    }

    private func release(_ session: SSHSession, _ hop: Endpoint) {
        let isIdle = state.withLock { state in
            guard let index = state.entries[hop]?.firstIndex(where: { $0.session === session }) else { return false }
            state.entries[hop]?[index].users -= 1
            return state.entries[hop]?[index].users == 0
        }
        guard isIdle else { return }
        session.loop.perform { [self] in
            _ = session.loop.schedule(after: Self.linger) { self.closeIfIdle(session, hop) }
        }
    }

    private func closeIfIdle(_ session: SSHSession, _ hop: Endpoint) {
        let isIdle = state.withLock { state in
            guard let index = state.entries[hop]?.firstIndex(where: { $0.session === session }),
                state.entries[hop]?[index].users == 0
            else { return false }
            state.entries[hop]?.remove(at: index)
            return true
        }
        if isIdle { session.assumeIsolated { $0.close() } }
    }
}
