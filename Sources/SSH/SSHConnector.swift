package import Transport

/// Connects to nodes over SSH: the engine's way to real hosts.
package struct SSHConnector: Connector {
    /// A server that hangs up while the operator types, or asks what only a loop of its own can answer, gets
    /// another connection; not for ever.
    private static let mostRounds = 4

    private let deadlines: Deadlines
    private let faults: WireFaults
    private let prompt: SecretPrompt
    private let engine: SSHEngine

    /// - Parameters:
    ///   - deadlines: how long each phase of a connection may take.
    ///   - faults: for tests only.
    ///   - prompt: asks the operator for passphrases and passwords that the endpoint leaves open.
    package init(
        deadlines: Deadlines = Deadlines(), faults: WireFaults = WireFaults(), prompt: SecretPrompt = .nobody
    ) {
        self.deadlines = deadlines
        self.faults = faults
        self.prompt = prompt
        engine = .shared
    }

    package func connect(to endpoint: Endpoint) async throws(TransportError) -> any NodeConnection {
        guard endpoint.jumps.isEmpty else { throw .incompatible(reason: "jump hosts are not supported yet") }
        let keyring = engine.keyring
        var ownLoop: EventLoop?
        for _ in 0..<Self.mostRounds {
            var request = await keyring.request(for: endpoint, prompt: prompt)
            request.mayBlock = ownLoop != nil
            if let obstacle = request.obstacle { throw obstacle }
            let (session, ending) = try await connect(endpoint, request, on: ownLoop)
            keyring.remember(ending, for: endpoint)
            switch ending {
            case .done: return SSHNodeConnection(endpoint: endpoint, session: session)
            case .needsOwnLoop: ownLoop = EventLoop()
            case .lostWhileAsking: break
            }
            await session.close()
        }
        throw .connectionLost(during: "login", reason: "the server does not wait for the answers")
    }

    /// One connection and one login; the session is open whatever the ending.
    private func connect(
        _ endpoint: Endpoint, _ request: LoginRequest, on ownLoop: EventLoop?
    ) async throws(TransportError) -> (SSHSession, LoginEnding) {
        let knownHosts = await engine.knownHosts(at: endpoint.knownHosts)
        let types = knownHosts.keyTypes(of: endpoint.knownHostsName)
        return try await engine.withNewSession(
            to: endpoint.address, port: endpoint.port, preferring: types, deadlines: deadlines, faults: faults,
            on: ownLoop
        ) { session, key throws(TransportError) in
            // Before the login: an impostor learns neither the user nor the keys.
            try Self.check(key, against: knownHosts, endpoint)
            let ending = try await session.login(request)
            if case .done = ending { await session.startLiveness() }
            return (session, ending)
        }
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
