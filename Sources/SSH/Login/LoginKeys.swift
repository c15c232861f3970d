import Glibc
import Transport

/// The keys that a login may offer, best first, and what cannot be offered.
///
/// A server counts every key that it does not accept and hangs up after a few (`MaxAuthTries`, 6 by default), so
/// the order matters: what already worked in this process, the identities that were named, the agent's other
/// keys, and last what would need a question to the operator.
struct LoginKeys: Sendable {
    private(set) var keys: [LoginKey] = []
    /// Why some keys are not among them.
    private(set) var obstacles: [TransportError] = []
    /// The certificate files that were named.
    private var named: [(path: String, certificate: UserCertificate)] = []
    /// In seconds since 1970.
    private let now: UInt64

    /// - Parameters:
    ///   - identities: the files that were named, read.
    ///   - certificates: the certificate files that were named, with their paths.
    ///   - agent: the agent and its keys, nil without one.
    ///   - identitiesOnly: whether the agent is asked for the named identities only.
    ///   - proven: keys that a server accepted before.
    init(
        _ identities: [Result<Identity, TransportError>],
        certificates: [(path: String, content: Result<UserCertificate, TransportError>)] = [],
        agent: (client: AgentClient, answer: Result<[AgentIdentity], AgentError>)? = nil, identitiesOnly: Bool = false,
        proven: Set<HostKey> = [], now: UInt64 = UInt64(clamping: time(nil))
    ) {
        for (path, content) in certificates {
            switch content {
            case .success(let certificate): named.append((path, certificate))
            case .failure(let error): obstacles.append(error)
            }
        }
        self.now = now
        var held: [AgentIdentity] = []
        switch agent?.answer {
        case .success(let list)?: held = list
        case .failure(let error)?: obstacles.append(.identityUnusable(path: "ssh-agent", reason: error.description))
        case nil: break
        }
        var locked: [LoginKey] = []
        for identity in identities {
            switch identity {
            case .success(let identity):
                let inAgent = held.first { $0.publicKey == identity.publicKey }
                guard let key = loginKey(identity, inAgent: inAgent.flatMap { _ in agent?.client }) else { continue }
                let beside = identity.certificate.map { [(Identity.certificatePath(identity.path), $0)] } ?? []
                let found = certified(key, by: beside + named) + [key]
                if case .locked = key.signer { locked += found } else { keys += found }
            case .failure(let error): obstacles.append(error)
            }
        }
        if let client = agent?.client {
            // A certificate that is named may be for a key that only the agent has.
            for identity in held {
                keys += certified(loginKey(identity, of: client), by: named)
            }
            if !identitiesOnly { add(held, of: client) }
        }
        keys += locked
        keys = keys.filter { isProven($0, proven) } + keys.filter { !isProven($0, proven) }
    }

    private func isProven(_ key: LoginKey, _ proven: Set<HostKey>) -> Bool {
        key.offered.map { proven.contains($0) } ?? false
    }

    /// A key's certificates, as keys of their own that go before it: where a server wants one, the bare key is a try too many.
    private mutating func certified(
        _ key: LoginKey, by certificates: [(path: String, certificate: UserCertificate)]
    ) -> [LoginKey] {
        // libssh2 reads such a file, and offers what is in it.
        if case .library = key.signer { return [] }
        var found: [LoginKey] = []
        for (path, certificate) in certificates where key.publicKey == certificate.key {
            guard !isOffered(certificate.offered), !found.contains(where: { $0.offered == certificate.offered }) else {
                continue
            }
            if let reason = Identity.obstacle(certificate.offered.type) ?? certificate.obstacle(at: now) {
                obstacles.append(.identityUnusable(path: path, reason: reason))
            } else {
                found.append(
                    LoginKey(
                        name: path, publicKey: key.publicKey, signer: key.signer, certificate: certificate.offered))
            }
        }
        return found
    }

    /// A file's key with whoever can sign with it; nil where nobody can, or where it is there already.
    private mutating func loginKey(_ identity: Identity, inAgent agent: AgentClient?) -> LoginKey? {
        func key(_ signer: LoginKey.Signer) -> LoginKey {
            LoginKey(name: identity.path, publicKey: identity.publicKey, signer: signer)
        }
        guard identity.publicKey.map({ !isOffered($0) }) ?? true else { return nil }
        switch identity.material {
        case .key(let own): return key(.key(own))
        case .library(let bytes): return key(agent.map { .agent($0) } ?? .library(bytes))
        case .locked(let file):
            if let unlocked = file.key {
                return LoginKey(name: identity.path, publicKey: unlocked.publicKey, signer: .key(unlocked))
            }
            return key(agent.map { .agent($0) } ?? .locked(file))
        case .agentOnly:
            if let agent { return key(.agent(agent)) }
            let reason =
                identity.publicKey?.type.hasPrefix("sk-") == true
                ? "its private half is in a security key, and no agent holds it"
                : "only its public half is there, and no agent holds the private one"
            obstacles.append(.identityUnusable(path: identity.path, reason: reason))
            return nil
        }
    }

    private func loginKey(_ held: AgentIdentity, of agent: AgentClient) -> LoginKey {
        LoginKey(
            name: "\(held.comment) (agent, \(held.publicKey.fingerprint))", publicKey: held.publicKey,
            signer: .agent(agent))
    }

    private mutating func add(_ held: [AgentIdentity], of agent: AgentClient) {
        for identity in held where !isOffered(identity.publicKey) {
            let key = loginKey(identity, of: agent)
            let certificate = UserCertificate(identity.publicKey)
            if let reason = Identity.obstacle(identity.publicKey.type) ?? certificate?.obstacle(at: now) {
                obstacles.append(.identityUnusable(path: key.name, reason: reason))
            } else {
                keys.append(key)
            }
        }
    }

    private func isOffered(_ key: HostKey?) -> Bool { keys.contains { $0.offered == key } }
}
