package import Transport

/// Connects to nodes over SSH: the engine's way to real hosts.
package struct SSHConnector: Connector {
    private let deadlines: Deadlines
    private let faults: WireFaults
    private let engine: SSHEngine

    /// - Parameters:
    ///   - deadlines: how long each phase of a connection may take.
    ///   - faults: for tests only.
    ///   - time: a test's own time for all deadlines; nil for the system's.
    package init(deadlines: Deadlines = Deadlines(), faults: WireFaults = WireFaults(), time: ManualTime? = nil) {
        self.deadlines = deadlines
        self.faults = faults
        engine = time.map { SSHEngine(loops: EventLoops(count: 1, time: $0)) } ?? .shared
    }

    package func connect(to endpoint: Endpoint) async throws(TransportError) -> any NodeConnection {
        guard endpoint.jumps.isEmpty else { throw .incompatible(reason: "jump hosts are not supported yet") }
        let knownHosts = await engine.knownHosts(at: endpoint.knownHosts)
        let (identities, unusable) = await engine.identities(at: endpoint.identities)
        if identities.isEmpty, let first = unusable.first { throw first }
        let types = knownHosts.keyTypes(of: endpoint.knownHostsName)
        let session = try await engine.withNewSession(
            to: endpoint.address, port: endpoint.port, preferring: types, deadlines: deadlines, faults: faults
        ) { session, key throws(TransportError) in
            // Before the login: an impostor learns neither the user nor the keys.
            try Self.check(key, against: knownHosts, endpoint)
            try await session.login(user: endpoint.user, identities: identities)
            await session.startLiveness()
            return session
        }
        return SSHNodeConnection(endpoint: endpoint, session: session)
    }

    private static func check(
        _ key: HostKey, against knownHosts: KnownHosts, _ endpoint: Endpoint
    ) throws(TransportError) {
        let host = endpoint.knownHostsName
        switch knownHosts.verdict(on: key, of: host) {
        case .match: return
        case .unknown:
            throw .hostKeyUnknown(
                host: host, keyType: key.type, fingerprint: key.fingerprint, knownHosts: endpoint.knownHosts)
        case .changed(let expected, let line):
            throw .hostKeyChanged(
                host: host, keyType: key.type, fingerprint: key.fingerprint, expected: expected.map(\.fingerprint),
                knownHosts: endpoint.knownHosts, line: line)
        case .revoked(let line):
            throw .hostKeyRevoked(
                host: host, fingerprint: key.fingerprint, knownHosts: endpoint.knownHosts, line: line)
        }
    }
}
