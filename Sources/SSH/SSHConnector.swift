package import Transport

/// Connects to nodes over SSH: the engine's way to real hosts.
package struct SSHConnector: Connector {
    private let deadlines: Deadlines
    private let faults: WireFaults
    private let onNote: @Sendable (String) -> Void
    private let engine: SSHEngine

    /// - Parameters:
    ///   - deadlines: how long each phase of a connection may take.
    ///   - faults: for tests only.
    ///   - time: a test's own time for all deadlines; nil for the system's.
    ///   - onNote: gets what the operator should know and what is no error, each once in a process.
    package init(
        deadlines: Deadlines = Deadlines(), faults: WireFaults = WireFaults(), time: ManualTime? = nil,
        onNote: @escaping @Sendable (String) -> Void = { _ in }
    ) {
        self.deadlines = deadlines
        self.faults = faults
        self.onNote = onNote
        engine = time.map { SSHEngine(loops: EventLoops(count: 1, time: $0)) } ?? .shared
    }

    package func connect(to endpoint: Endpoint) async throws(TransportError) -> any NodeConnection {
        SSHNodeConnection(endpoint: endpoint, session: try await openSession(to: endpoint))
    }

    /// Opens a session to a node or a jump host and logs in.
    func openSession(to endpoint: Endpoint) async throws(TransportError) -> SSHSession {
        let knownHosts = await knownHosts(of: endpoint)
        let (identities, unusable) = await engine.identities(at: endpoint.identities)
        if identities.isEmpty, let first = unusable.first { throw first }
        return try await withSession(to: endpoint, preferring: knownHosts.keyTypes(of: endpoint.knownHostsName)) {
            session, key throws(TransportError) in
            // Before the login: an impostor learns neither the user nor the keys.
            if let problem = knownHosts.problem(with: key, of: endpoint) { throw problem }
            try await session.login(user: endpoint.user, identities: identities)
            await session.startLiveness()
            return session
        }
    }

    /// The known_hosts files of an endpoint; a line that is passed over is said once.
    func knownHosts(of endpoint: Endpoint) async -> KnownHostsFiles {
        let files = await engine.knownHosts(at: [endpoint.knownHosts] + endpoint.moreKnownHosts)
        for warning in files.warnings where engine.isNew(warning) { onNote(warning) }
        return files
    }

    /// Connects, through jump hosts if need be, and lets `body` judge the host's key.
    func withSession<Value: Sendable>(
        to endpoint: Endpoint, preferring types: [String],
        _ body: @escaping @Sendable (SSHSession, HostKey) async throws(TransportError) -> Value
    ) async throws(TransportError) -> Value {
        try await engine.withNewSession(
            to: endpoint, preferring: types, deadlines: deadlines, faults: faults,
            open: { hop throws(TransportError) in try await openSession(to: hop) }, body)
    }
}
