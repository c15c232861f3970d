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

    /// - Parameters:
    ///   - identities: the files that were named, read.
    ///   - agent: the agent and its keys, nil without one.
    ///   - identitiesOnly: whether the agent is asked for the named identities only.
    ///   - proven: keys that a server accepted before.
    init(
        _ identities: [Result<Identity, TransportError>],
        agent: (client: AgentClient, answer: Result<[AgentIdentity], AgentError>)? = nil, identitiesOnly: Bool = false,
        proven: Set<HostKey> = []
    ) {
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
                add(identity, inAgent: inAgent.flatMap { _ in agent?.client }, locked: &locked)
            case .failure(let error): obstacles.append(error)
            }
        }
        if let client = agent?.client, !identitiesOnly { add(held, of: client) }
        keys += locked
        keys = keys.filter { isProven($0, proven) } + keys.filter { !isProven($0, proven) }
    }

    private func isProven(_ key: LoginKey, _ proven: Set<HostKey>) -> Bool {
        key.publicKey.map { proven.contains($0) } ?? false
    }

    private mutating func add(_ identity: Identity, inAgent agent: AgentClient?, locked: inout [LoginKey]) {
        func key(_ signer: LoginKey.Signer) -> LoginKey {
            LoginKey(name: identity.path, publicKey: identity.publicKey, signer: signer)
        }
        guard identity.publicKey.map({ !isOffered($0) }) ?? true else { return }
        switch identity.material {
        case .key(let own): keys.append(key(.key(own)))
        case .library(let bytes): keys.append(key(agent.map { .agent($0) } ?? .library(bytes)))
        case .locked(let file):
            if let unlocked = file.key {
                keys.append(LoginKey(name: identity.path, publicKey: unlocked.publicKey, signer: .key(unlocked)))
            } else if let agent {
                keys.append(key(.agent(agent)))
            } else {
                locked.append(key(.locked(file)))
            }
        case .agentOnly:
            guard let agent else {
                let reason = "only its public half is there, and no agent holds the private one"
                return obstacles.append(.identityUnusable(path: identity.path, reason: reason))
            }
            keys.append(key(.agent(agent)))
        }
    }

    private mutating func add(_ held: [AgentIdentity], of agent: AgentClient) {
        for identity in held where !isOffered(identity.publicKey) {
            let name = "\(identity.comment) (agent, \(identity.publicKey.fingerprint))"
            if let reason = Identity.obstacle(identity.publicKey.type) {
                obstacles.append(.identityUnusable(path: name, reason: reason))
            } else {
                keys.append(LoginKey(name: name, publicKey: identity.publicKey, signer: .agent(agent)))
            }
        }
    }

    private func isOffered(_ key: HostKey) -> Bool { keys.contains { $0.publicKey == key } }
}
