import Transport

/// What all connections of a process share: loops, gates and parsed files.
final class SSHEngine: Sendable {
    /// The engine of connectors that name no other.
    static let shared = SSHEngine()

    private let perAddress = ConnectGate(limit: 8)
    private let overall = ConnectGate(limit: 32)
    private let knownHosts = FileCache<KnownHosts> { path in
        KnownHosts((try? FileContent.read(path, limit: 1 << 26)) ?? [])
    }
    private let identities = FileCache<Result<Identity, TransportError>> { Identity.read($0) }

    /// The parsed known_hosts file; a missing one knows nobody.
    func knownHosts(at path: String) async -> KnownHosts {
        await BlockingPool.shared.run { [knownHosts] in knownHosts.value(at: path) }
    }

    /// The usable ones of the key files, and why the others are not.
    func identities(at paths: [String]) async -> (usable: [Identity], errors: [TransportError]) {
        let read = await BlockingPool.shared.run { [identities] in paths.map { identities.value(at: $0) } }
        var usable: [Identity] = []
        var errors: [TransportError] = []
        for result in read {
            switch result {
            case .success(let identity): usable.append(identity)
            case .failure(let error): errors.append(error)
            }
        }
        return (usable, errors)
    }

    /// Connects and exchanges keys, then lets `body` go on; on its error nothing is left open.
    ///
    /// - Parameter types: host key types to ask for first.
    func withNewSession<Value>(
        to host: String, port: UInt16, preferring types: [String], deadlines: Deadlines, faults: WireFaults,
        _ body: (SSHSession, HostKey) async throws(TransportError) -> Value
    ) async throws(TransportError) -> Value {
        let place = "\(host) \(port)"
        try await perAddress.enter(place)
        defer { perAddress.leave(place) }
        let loop = EventLoops.shared.next()
        let dialer = Dialer(loop: loop, host: host, port: port)
        let descriptor = try await dialer.connect(within: deadlines.connect)
        let session = SSHSession(
            loop: loop, descriptor: descriptor, address: port == 22 ? host : "\(host) port \(port)",
            deadlines: deadlines, faults: faults)
        do throws(TransportError) {
            try await overall.enter("")
            defer { overall.leave("") }
            await session.start()
            let key = try await session.handshake(preferring: types)
            return try await body(session, key)
        } catch {
            await session.close()
            throw error
        }
    }
}
