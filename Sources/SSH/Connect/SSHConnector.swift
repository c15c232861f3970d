package import Logging
package import Transport

/// Connects to nodes over SSH: the engine's way to real hosts.
package struct SSHConnector: Connector {
    /// A server that hangs up while the operator types, or asks what only a loop of its own can answer, gets
    /// another connection; not for ever.
    private static let mostRounds = 4

    private let deadlines: Deadlines
    private let faults: WireFaults
    private let prompt: SecretPrompt
    private let onNote: @Sendable (String) -> Void
    private let log: Logger
    private let engine: SSHEngine

    /// - Parameters:
    ///   - deadlines: how long each phase of a connection may take.
    ///   - faults: for tests only.
    ///   - time: a test's own time for all deadlines; nil for the system's.
    ///   - prompt: asks the operator for passphrases and passwords that the endpoint leaves open.
    ///   - log: is told what is done on the way to each host and there; it must not block.
    ///   - onNote: gets what the operator should know and what is no error, each once in a process.
    package init(
        deadlines: Deadlines = Deadlines(), faults: WireFaults = WireFaults(), time: ManualTime? = nil,
        prompt: SecretPrompt = .nobody, log: Logger = .off, onNote: @escaping @Sendable (String) -> Void = { _ in }
    ) {
        self.log = log
        self.deadlines = deadlines
        self.faults = faults
        self.prompt = prompt
        self.onNote = onNote
        engine = time.map { SSHEngine(loops: EventLoops(count: 1, time: $0)) } ?? .shared
    }

    package func connect(to endpoint: Endpoint) async throws(TransportError) -> any NodeConnection {
        let log = log.about(endpoint.node)
        let began = ContinuousClock.now
        let session: SSHSession
        do throws(TransportError) {
            session = try await openSession(to: endpoint)
        } catch {
            log.info("no connection after \((ContinuousClock.now - began).brief): \(error)")
            throw error
        }
        log.info("root: \(Elevation(of: endpoint)?.words ?? "it is who logged in")")
        return SSHNodeConnection(endpoint: endpoint, session: session)
    }

    /// Opens a session to a node or a jump host and logs in.
    ///
    /// - Parameter loop: a loop that no other session shares, where the login may have to block.
    func openSession(to endpoint: Endpoint, on loop: EventLoop? = nil) async throws(TransportError) -> SSHSession {
        var own: EventLoop?
        do throws(TransportError) {
            let session = try await openSession(to: endpoint, on: loop, own: &own)
            if let own { await session.whenOver { EventLoops.giveBack(own) } }
            return session
        } catch {
            if let own { EventLoops.giveBack(own) }
            throw error
        }
    }

    /// - Parameter own: the loop that was taken for it, which somebody has to give back.
    private func openSession(
        to endpoint: Endpoint, on loop: EventLoop?, own: inout EventLoop?
    ) async throws(TransportError) -> SSHSession {
        let keyring = engine.keyring
        for _ in 0..<Self.mostRounds {
            var request = await keyring.request(for: endpoint, prompt: prompt)
            request.mayBlock = (loop ?? own) != nil
            request.keys.say(to: log.about(endpoint.node))
            if let obstacle = request.obstacle { throw obstacle }
            let (session, ending) = try await logIn(to: endpoint, request, on: loop ?? own)
            keyring.remember(ending, for: endpoint)
            switch ending {
            case .done: return session
            case .needsOwnLoop: own = own ?? EventLoops.takeOwn()
            case .lostWhileAsking: break
            }
            log.about(endpoint.node).debug("connects once more: \(ending.reason)")
            await session.close()
        }
        throw .connectionLost(during: "login", reason: "the server does not wait for the answers")
    }

    /// One connection and one login; the session is open whatever the ending.
    private func logIn(
        to endpoint: Endpoint, _ request: LoginRequest, on loop: EventLoop?
    ) async throws(TransportError) -> (SSHSession, LoginEnding) {
        let knownHosts = await knownHosts(of: endpoint)
        let types = knownHosts.keyTypes(of: endpoint)
        let log = log.about(endpoint.node)
        return try await withSession(to: endpoint, preferring: types, on: loop) { session, key throws(TransportError) in
            // Before the login: an impostor learns neither the user nor the keys.
            if let problem = knownHosts.problem(with: key, of: endpoint) {
                log.info("host key \(key.type) \(key.fingerprint): not accepted")
                throw problem
            }
            log.debug("host key \(key.type) \(key.fingerprint): \(knownHosts.place(of: key, of: endpoint) ?? "known")")
            let ending = try await session.login(request)
            if case .done = ending { await session.startLiveness() }
            return (session, ending)
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
        to endpoint: Endpoint, preferring types: [String], on loop: EventLoop? = nil,
        _ body: @escaping @Sendable (SSHSession, HostKey) async throws(TransportError) -> Value
    ) async throws(TransportError) -> Value {
        try await engine.withNewSession(
            to: endpoint, preferring: types, deadlines: deadlines, faults: faults, on: loop,
            log: log.about(endpoint.node),
            open: { hop, loop throws(TransportError) in try await openSession(to: hop, on: loop) }, body)
    }
}
