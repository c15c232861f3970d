import Transport

/// What all connections of a process share: loops, gates and parsed files.
final class SSHEngine: Sendable {
    /// The engine of connectors that name no other.
    static let shared = SSHEngine()

    /// The keys and secrets of all logins.
    let keyring = Keyring()

    private let perAddress = ConnectGate(limit: 8)
    private let overall = ConnectGate(limit: 32)
    private let knownHosts = FileCache<KnownHosts> { path in
        KnownHosts((try? FileContent.read(path, limit: 1 << 26)) ?? [])
    }

    /// The parsed known_hosts file; a missing one knows nobody.
    func knownHosts(at path: String) async -> KnownHosts { await knownHosts.value(at: path) }

    /// Connects and exchanges keys, then lets `body` go on; on its error nothing is left open.
    ///
    /// All of it runs on one loop: a connection makes a dozen steps, and a change of thread for each would
    /// cost more than the steps.
    ///
    /// - Parameters:
    ///   - types: host key types to ask for first.
    ///   - own: a loop that no other session may share; nil for one of the usual.
    func withNewSession<Value: Sendable>(
        to host: String, port: UInt16, preferring types: [String], deadlines: Deadlines, faults: WireFaults,
        on own: EventLoop? = nil,
        _ body: @escaping @Sendable (SSHSession, HostKey) async throws(TransportError) -> Value
    ) async throws(TransportError) -> Value {
        let place = "\(host) \(port)"
        try await perAddress.enter(place)
        defer { perAddress.leave(place) }
        let loop = own ?? EventLoops.shared.next()
        let dialer = Dialer(loop: loop, host: host, port: port)
        return try await loop.host { () async throws(TransportError) in
            let descriptor = try await dialer.connect(within: deadlines.connect)
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
