import Glibc
import Synchronization
import Transport

/// What all logins of a process share: key files, agents, and what the operator typed.
final class Keyring: Sendable {
    private let identities = FileCache<Result<Identity, TransportError>> { Identity.read($0) }
    private let certificates = FileCache<Result<UserCertificate, TransportError>> { UserCertificate.read($0) }
    private let agents = Mutex<[String: AgentClient]>([:])
    private let proven = Mutex<Set<HostKey>>([])
    private let typedPasswords = Mutex<[String: String]>([:])

    /// Gathers what a login to `endpoint` may use; decrypts and asks for nothing yet.
    func request(for endpoint: Endpoint, prompt: SecretPrompt) async -> LoginRequest {
        var found: [Result<Identity, TransportError>] = []
        for path in endpoint.identities { found.append(await identities.value(at: path)) }
        var certified: [(path: String, content: Result<UserCertificate, TransportError>)] = []
        for path in endpoint.certificates { certified.append((path, await certificates.value(at: path))) }
        var agent: (client: AgentClient, answer: Result<[AgentIdentity], AgentError>)?
        if let client = client(endpoint.identityAgent) {
            do throws(AgentError) {
                agent = (client, .success(try await client.identities()))
            } catch {
                agent = (client, .failure(error))
            }
        }
        let keys = LoginKeys(
            found, certificates: certified, agent: agent, identitiesOnly: endpoint.identitiesOnly,
            proven: proven.withLock { $0 })
        var request = LoginRequest(user: endpoint.user, keys: keys, prompt: prompt)
        request.passphrase = endpoint.passphrase
        if let typed = typedPasswords.withLock({ $0[Self.place(endpoint)] }) {
            request.password = .success(typed)
        } else if let source = endpoint.password {
            request.password = await BlockingPool.shared.run {
                Result { () throws(SecretError) in try source.read() }
            }
        }
        return request
    }

    /// Keeps what a login learned for the next: which key works, and what the operator typed.
    func remember(_ ending: LoginEnding, for endpoint: Endpoint) {
        var password: String?
        switch ending {
        case .done(let key, let typed):
            if let key { proven.withLock { _ = $0.insert(key) } }
            password = typed
        case .lostWhileAsking(let typed): password = typed
        case .needsOwnLoop: break
        }
        if let password { typedPasswords.withLock { $0[Self.place(endpoint)] = password } }
    }

    private static func place(_ endpoint: Endpoint) -> String {
        "\(endpoint.user) \(endpoint.address) \(endpoint.port)"
    }

    private func client(_ choice: AgentChoice) -> AgentClient? {
        let path: String
        switch choice {
        case .none: return nil
        case .socket(let socket): path = socket
        case .environment:
            guard let variable = getenv("SSH_AUTH_SOCK"), variable.pointee != 0 else { return nil }
            path = String(cString: variable)
        }
        return agents.withLock { agents in
            if let client = agents[path] { return client }
            let client = AgentClient(path: path, loop: EventLoops.shared.next())
            agents[path] = client
            return client
        }
    }
}
