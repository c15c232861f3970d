import SSH
import Transport

/// What `harun trust --output json` says of one host.
struct TrustReport: Encodable {
    /// What known_hosts has for a key, once the command is through with it.
    enum State: String, Encodable {
        /// It was there before.
        case known
        /// It is not there.
        case new
        /// It was written there now.
        case pinned
        /// It is not the one that is there, or it is revoked.
        case refused
    }

    private struct Key: Encodable {
        var type: String
        var fingerprint: String
        var state: State
    }

    private enum CodingKeys: String, CodingKey {
        case host, address, keys, error
        case knownHosts = "known_hosts"
    }

    private let host: String
    private let address: String
    private let knownHosts: String
    private var keys: [Key] = []
    /// Why the host is not trusted.
    var error: String?

    init(_ endpoint: Endpoint) {
        host = endpoint.node.text
        address = endpoint.knownHostsName
        knownHosts = endpoint.knownHosts
    }

    /// Notes a key, or what became of it.
    mutating func add(_ key: HostKey, _ state: State) {
        keys.removeAll { $0.fingerprint == key.fingerprint }
        keys.append(Key(type: key.type, fingerprint: key.fingerprint, state: state))
    }

    /// Absent values stand as null: scripts may count on every key.
    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(host, forKey: .host)
        try container.encode(address, forKey: .address)
        try container.encode(knownHosts, forKey: .knownHosts)
        try container.encode(keys, forKey: .keys)
        try container.encode(error, forKey: .error)
    }
}
