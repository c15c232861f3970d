import Transport

/// What all connections of a process share: loops, gates and parsed files.
final class SSHEngine: Sendable {
    /// The engine of connectors that name no other.
    static let shared = SSHEngine()

    private let loops: EventLoops
    private let perAddress = ConnectGate(limit: 8)
    private let overall = ConnectGate(limit: 32)
    private let knownHosts = FileCache<KnownHosts> { path in
        KnownHosts((try? FileContent.read(path, limit: 1 << 26)) ?? [])
    }
    private let identities = FileCache<Result<Identity, TransportError>> { Identity.read($0) }

    /// - Parameter loops: where its sessions live.
    init(loops: EventLoops = .shared) { self.loops = loops }

    /// The parsed known_hosts file; a missing one knows nobody.
    func knownHosts(at path: String) async -> KnownHosts { await knownHosts.value(at: path) }

    /// The usable ones of the key files, and why the others are not.
    func identities(at paths: [String]) async -> (usable: [Identity], errors: [TransportError]) {
        var usable: [Identity] = []
        var errors: [TransportError] = []
        for path in paths {
            switch await identities.value(at: path) {
            case .success(let identity): usable.append(identity)
            case .failure(let error): errors.append(error)
            }
        }
        return (usable, errors)
    }

    /// Connects and exchanges keys, then lets `body` go on; on its error nothing is left open.
    ///
    /// All of it runs on one loop: a connection makes a dozen steps, and a change of thread for each would
    /// cost more than the steps.
    ///
    /// - Parameter types: host key types to ask for first.
    func withNewSession<Value: Sendable>(
        to host: String, port: UInt16, preferring types: [String], deadlines: Deadlines, faults: WireFaults,
        _ body: @escaping @Sendable (SSHSession, HostKey) async throws(TransportError) -> Value
    ) async throws(TransportError) -> Value {
        let place = "\(host) \(port)"
        try await perAddress.enter(place)
        defer { perAddress.leave(place) }
        let loop = loops.next()
        let dialer = Dialer(loop: loop, host: host, port: port)
        return try await loop.host { () async throws(TransportError) in
            let descriptor = try await dialer.connect(within: deadlines)
            let session = SSHSession(
                loop: loop, descriptor: descriptor, address: port == 22 ? host : "\(host) port \(port)",
                deadlines: deadlines, faults: faults)
            do throws(TransportError) {
                try await self.overall.enter("")
                defer { self.overall.leave("") }
                await session.start()
                let key = try await session.handshake(preferring: types)
                return try await body(session, key)
            } catch {
                await session.close()
                throw error
            }
        }
    }
}
