import CLibSSH2
import Glibc
import Logging
import Transport

/// Makes one TCP connection on a loop: resolves the name elsewhere, then tries each address in turn.
actor Dialer {
    private nonisolated let loop: EventLoop
    nonisolated var unownedExecutor: UnownedSerialExecutor { loop.asUnownedSerialExecutor() }
    private nonisolated let host: String
    private nonisolated let port: UInt16
    private nonisolated let resolver: BlockingPool
    private nonisolated let log: Logger

    private var addresses: Result<[SocketAddress], ResolveError>?
    /// The deadline of a lookup that has begun.
    private var lookup: TimerQueue<() -> Void>.ID?
    private var isReady = false
    private var attemptIsOver = false
    private var ending: TransportError?
    private var waiting: CheckedContinuation<Void, Never>?
    /// The host was there and nobody listened.
    private(set) var wasRefused = false

    init(
        loop: EventLoop, host: String, port: UInt16, resolver: BlockingPool = .resolver, log: Logger = .off
    ) {
        self.log = log
        self.loop = loop
        self.resolver = resolver
        self.host = host
        self.port = port
    }

    /// Answers a connected non-blocking socket, which the caller owns.
    ///
    /// Its task prefers the loop meanwhile: see ``EventLoop/hostsCurrentTask``.
    func connect(within deadlines: Deadlines) async throws(TransportError) -> CInt {
        let result: Result<CInt, TransportError> = await withTaskExecutorPreference(loop) {
            await withTaskCancellationHandler {
                do throws(TransportError) {
                    let addresses = try await resolve(within: deadlines.resolve)
                    let deadline = loop.now + deadlines.connect
                    return .success(
                        try await limited("connect", deadlines.connect) { () async throws(TransportError) in
                            try await connect(to: addresses, until: deadline)
                        })
                } catch {
                    return .failure(error)
                }
            } onCancel: {
                loop.perform { [self] in assumeIsolated { $0.interrupt(.cancelled) } }
            }
        }
        return try result.get()
    }

    private func limited<Value>(
        _ phase: String, _ limit: Duration, _ body: () async throws(TransportError) -> Value
    ) async throws(TransportError) -> Value {
        let timer = startDeadline(phase, limit)
        defer { loop.cancelTimer(timer) }
        return try await body()
    }

    private func startDeadline(_ phase: String, _ limit: Duration) -> TimerQueue<() -> Void>.ID {
        loop.schedule(after: limit) { [weak self] in
            self?.assumeIsolated { $0.interrupt(.timedOut(phase: phase, after: limit)) }
        }
    }

    private func connect(
        to addresses: [SocketAddress], until deadline: ContinuousClock.Instant
    ) async throws(TransportError) -> CInt {
        var reasons: [String] = []
        for (index, address) in addresses.enumerated() {
            // A dead address may not use up the time of the living ones behind it.
            let share = (deadline - loop.now) / (addresses.count - index)
            let began = loop.now
            log.debug("connects to \(address)")
            switch try await attempt(address, within: index == addresses.count - 1 ? nil : share) {
            case .success(let descriptor):
                log.debug("connected to \(address) after \((loop.now - began).brief)")
                return descriptor
            case .failure(let error):
                log.debug("not connected to \(address) after \((loop.now - began).brief): \(error)")
                wasRefused = error.code == ECONNREFUSED
                reasons.append(error.description)
            }
        }
        throw .unreachable(address: name, reason: reasons.last ?? "the name has no address")
    }

    private var name: String { port == 22 ? host : "\(host) port \(port)" }

    /// Looks the name up; the time runs from the lookup's beginning, not while it waits for a thread.
    private func resolve(within limit: Duration) async throws(TransportError) -> [SocketAddress] {
        if let address = SocketAddress(numeric: host, port: port) { return [address] }
        defer { if let lookup { loop.cancelTimer(lookup) } }
        let began = loop.now
        log.debug("looks \(host) up")
        resolver.submit { [self] in
            loop.perform { [self] in assumeIsolated { $0.lookupBegan(limit) } }
            let found = SocketAddress.resolve(host, port: port)
            loop.perform { [self] in
                assumeIsolated {
                    $0.addresses = found
                    $0.wake()
                }
            }
        }
        while true {
            switch addresses {
            case .success(let addresses)?:
                log.debug(
                    """
                    \(host) is \(addresses.map(\.description).joined(separator: ", ")), found after \
                    \((loop.now - began).brief)
                    """)
                return addresses
            case .failure(let error)?: throw .unreachable(address: name, reason: error.description)
            case nil: try await wait()
            }
        }
    }

    private func lookupBegan(_ limit: Duration) {
        guard addresses == nil, ending == nil else { return }
        lookup = startDeadline("resolve", limit)
    }

    private func attempt(
        _ address: SocketAddress, within share: Duration?
    ) async throws(TransportError) -> Result<CInt, FileError> {
        let type = CInt(SOCK_STREAM.rawValue) | CInt(SOCK_NONBLOCK.rawValue) | CInt(SOCK_CLOEXEC.rawValue)
        let descriptor = socket(address.family, type, 0)
        guard descriptor >= 0 else { return .failure(FileError(code: errno)) }
        setOptions(descriptor)
        let code = address.connect(descriptor)
        guard code == 0 || code == EINPROGRESS else {
            Glibc.close(descriptor)
            return .failure(FileError(code: code))
        }
        isReady = false
        attemptIsOver = false
        let timer = share.map { share in
            loop.schedule(after: share) { [weak self] in self?.assumeIsolated { $0.giveUpAttempt() } }
        }
        let watched = loop.register(descriptor) { [self] events in assumeIsolated { $0.connected(events) } }
        defer {
            loop.unregister(descriptor)
            if let timer { loop.cancelTimer(timer) }
        }
        guard watched == 0 else {
            Glibc.close(descriptor)
            return .failure(FileError(code: watched))
        }
        do throws(TransportError) {
            while !isReady, !attemptIsOver { try await wait() }
        } catch {
            Glibc.close(descriptor)
            throw error
        }
        let failure = isReady ? pendingError(descriptor) : ETIMEDOUT
        guard failure != 0 else { return .success(descriptor) }
        Glibc.close(descriptor)
        return .failure(FileError(code: failure))
    }

    /// Small packets at once; a peer that vanished is noticed by the kernel within half a minute.
    private func setOptions(_ descriptor: CInt) {
        let options: [(CInt, CInt, CInt)] = [
            (CInt(IPPROTO_TCP), TCP_NODELAY, 1),
            (CInt(IPPROTO_TCP), TCP_USER_TIMEOUT, 30_000),
            (SOL_SOCKET, SO_KEEPALIVE, 1),
        ]
        for (level, option, value) in options {
            var value = value
            setsockopt(descriptor, level, option, &value, socklen_t(MemoryLayout<CInt>.size))
        }
    }

    private func pendingError(_ descriptor: CInt) -> CInt {
        var code: CInt = 0
        var length = socklen_t(MemoryLayout<CInt>.size)
        return getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &code, &length) == 0 ? code : errno
    }

    private func connected(_ events: UInt32) {
        // A socket that is not connecting yet reports a hang-up without being writable in earnest.
        guard events & (EPOLLOUT.rawValue | EPOLLERR.rawValue) != 0 else { return }
        isReady = true
        wake()
    }

    private func giveUpAttempt() {
        attemptIsOver = true
        wake()
    }

    private func interrupt(_ reason: TransportError) {
        if ending == nil { ending = reason }
        wake()
    }

    private func wait() async throws(TransportError) {
        assert(loop.hostsCurrentTask, "what the caller saw may be out of date")
        if let ending { throw ending }
        await withCheckedContinuation { waiting = $0 }
        if let ending { throw ending }
    }

    private func wake() {
        waiting?.resume()
        waiting = nil
    }
}
