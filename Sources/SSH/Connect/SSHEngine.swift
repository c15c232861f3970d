import Logging
import Synchronization
import Transport

/// What all connections of a process share: loops, gates, jump hosts and parsed files.
final class SSHEngine: Sendable {
    /// The engine of connectors that name no other.
    static let shared = SSHEngine()

    /// The keys and secrets of all logins.
    let keyring = Keyring()

    private let loops: EventLoops
    private let jumps = JumpPool()
    private let perAddress = ConnectGate(limit: 8)
    private let overall = ConnectGate(limit: 32)
    private let knownHosts = FileCache<KnownHosts> { KnownHostsFiles.read($0) }
    private let noted = Mutex<Set<String>>([])

    /// - Parameter loops: where its sessions live.
    init(loops: EventLoops = .shared) { self.loops = loops }

    /// The parsed known_hosts files; a missing one knows nobody.
    func knownHosts(at paths: [String]) async -> KnownHostsFiles {
        var files: [(path: String, hosts: KnownHosts)] = []
        for path in paths { files.append((path, await knownHosts.value(at: path))) }
        return KnownHostsFiles(files: files)
    }

    /// Whether a note is said for the first time in this process.
    func isNew(_ note: String) -> Bool { noted.withLock { $0.insert(note).inserted } }

    /// How one attempt to connect ended, where it may be tried again.
    private enum Attempt<Value: Sendable>: Sendable {
        case done(Value)
        case failed(TransportError, Backoff.Cause)
    }

    /// What one attempt needs.
    private struct Request<Value: Sendable>: Sendable {
        var endpoint: Endpoint
        var types: [String]
        var deadlines: Deadlines
        var faults: WireFaults
        var own: EventLoop?
        var log: Logger
        var open: JumpPool.Opening
        var body: @Sendable (SSHSession, HostKey) async throws(TransportError) -> Value
    }

    /// Connects and exchanges keys, then lets `body` go on; on its error nothing is left open.
    ///
    /// All of it runs on one loop: a connection makes a dozen steps, and a change of thread for each would
    /// cost more than the steps.
    ///
    /// - Parameters:
    ///   - types: host key types to ask for first.
    ///   - own: a loop that no other session may share; nil for one of the usual.
    ///   - log: about this host.
    ///   - open: opens the session to a jump host.
    func withNewSession<Value: Sendable>(
        to endpoint: Endpoint, preferring types: [String], deadlines: Deadlines, faults: WireFaults,
        on own: EventLoop? = nil, log: Logger, open: @escaping JumpPool.Opening,
        _ body: @escaping @Sendable (SSHSession, HostKey) async throws(TransportError) -> Value
    ) async throws(TransportError) -> Value {
        let request = Request(
            endpoint: endpoint, types: types, deadlines: deadlines.adjusted(for: endpoint), faults: faults, own: own,
            log: log, open: open, body: body)
        let began = ContinuousClock.now
        let way = endpoint.jumps.map { "\($0.address) \($0.port) " }.joined()
        let place = "\(way)\(endpoint.address) \(endpoint.port)"
        try await perAddress.enter(place)
        say(log, "waited for its turn among the connections to the same address", since: began)
        defer { perAddress.leave(place) }
        var backoff = Backoff()
        while true {
            switch try await attempt(request) {
            case .done(let value): return value
            case .failed(let error, let cause):
                guard let delay = backoff.delay(after: cause) else { throw error }
                log.info("tries again in \(delay.brief): \(error)")
                try await loops.next().sleep(for: delay)
            }
        }
    }

    /// Says what took a while, where it did.
    private func say(_ log: Logger, _ words: String, since began: ContinuousClock.Instant) {
        let time = ContinuousClock.now - began
        if time > .milliseconds(100) { log.debug("\(words): \(time.brief)") }
    }

    private func attempt<Value: Sendable>(
        _ request: Request<Value>
    ) async throws(TransportError) -> Attempt<Value> {
        let endpoint = request.endpoint
        if let hop = endpoint.jumps.last {
            let began = ContinuousClock.now
            request.log.debug("goes through the jump host \(hop.user)@\(hop.place)")
            let (tunnel, loop) = try await jumps.tunnel(
                through: hop, to: endpoint.address, port: endpoint.port, within: request.deadlines.connect,
                on: request.own, open: request.open)
            request.log.debug(
                """
                the jump host \(hop.node) opened a way to \(endpoint.address) port \(endpoint.port) after \
                \((ContinuousClock.now - began).brief)
                """)
            return try await loop.host { () async throws(TransportError) -> Attempt<Value> in
                try await self.exchange(request, over: tunnel, on: loop)
            }
        }
        let loop = request.own ?? loops.next()
        let dialer = Dialer(loop: loop, host: endpoint.address, port: endpoint.port, log: request.log)
        return try await loop.host { () async throws(TransportError) -> Attempt<Value> in
            let descriptor: CInt
            do throws(TransportError) {
                descriptor = try await dialer.connect(within: request.deadlines)
            } catch {
                guard await dialer.wasRefused else { throw error }
                return .failed(error, .refused)
            }
            return try await self.exchange(request, over: SocketCarrier(descriptor, on: loop), on: loop)
        }
    }

    private func exchange<Value: Sendable>(
        _ request: Request<Value>, over carrier: any Carrier, on loop: EventLoop
    ) async throws(TransportError) -> Attempt<Value> {
        let endpoint = request.endpoint
        // A session costs memory from its beginning, a connection that waits its turn a socket.
        let began = ContinuousClock.now
        do throws(TransportError) {
            try await overall.enter("")
        } catch {
            carrier.close()
            throw error
        }
        defer { overall.leave("") }
        say(request.log, "waited for its turn among all key exchanges", since: began)
        let session = SSHSession(
            loop: loop, carrier: carrier,
            address: endpoint.place,
            deadlines: request.deadlines, faults: request.faults, log: request.log)
        do throws(TransportError) {
            await session.start()
            let key = try await session.handshake(preferring: request.types)
            return .done(try await request.body(session, key))
        } catch {
            let wasDropped = await session.wasDropped
            await session.close()
            if case .unreachable = error, wasDropped { return .failed(error, .dropped) }
            throw error
        }
    }
}
