import Documents

/// What ssh_config says of one host, as it is written there; nil where it says nothing.
///
/// The first value that holds for the host wins, key and certificate files excepted, which add up.
package struct HostOptions: Hashable, Sendable {
    package var hostName: Placed<String>?
    package var port: UInt16?
    package var user: String?
    package var identityFiles: [Placed<String>] = []
    package var certificateFiles: [Placed<String>] = []
    package var identitiesOnly: Bool?
    package var identityAgent: Placed<String>?
    package var userKnownHosts: Placed<[String]>?
    package var globalKnownHosts: Placed<[String]>?
    package var hostKeyAlias: String?
    /// Whether OpenSSH would look for a host's full name, which harun does not.
    var canonicalizesHostName: Bool?
    /// Empty for `none`.
    package var jumps: Placed<[JumpHost]>?
    /// In seconds.
    package var connectTimeout: Int?
    /// In seconds.
    package var aliveInterval: Int?
    package var aliveCountMax: Int?
    /// A `ProxyCommand` came first, so that no `ProxyJump` holds.
    private var hasProxyCommand = false

    package init() {}

    /// Takes a setting that holds for the host, unless an earlier one holds.
    mutating func take(_ setting: Setting, at place: SourceLocation) {
        switch setting {
        case .hostName(let name): Self.set(&hostName, Placed(name, at: place))
        case .port(let port): Self.set(&self.port, port)
        case .user(let user): Self.set(&self.user, user)
        case .identityFile(let path):
            guard !identityFiles.contains(where: { $0.value == path }) else { return }
            identityFiles.append(Placed(path, at: place))
        case .certificateFile(let path):
            guard !certificateFiles.contains(where: { $0.value == path }) else { return }
            certificateFiles.append(Placed(path, at: place))
        case .identitiesOnly(let flag): Self.set(&identitiesOnly, flag)
        case .identityAgent(let agent): Self.set(&identityAgent, Placed(agent, at: place))
        case .userKnownHosts(let paths): Self.set(&userKnownHosts, Placed(paths, at: place))
        case .globalKnownHosts(let paths): Self.set(&globalKnownHosts, Placed(paths, at: place))
        case .hostKeyAlias(let alias): Self.set(&hostKeyAlias, alias)
        case .canonicalizeHostName(let flag): Self.set(&canonicalizesHostName, flag)
        case .jumps(let hosts):
            if !hasProxyCommand { Self.set(&jumps, Placed(hosts, at: place)) }
        case .proxyCommand: if jumps == nil { hasProxyCommand = true }
        case .connectTimeout(let seconds): Self.set(&connectTimeout, seconds)
        case .aliveInterval(let seconds): Self.set(&aliveInterval, seconds)
        case .aliveCountMax(let count): Self.set(&aliveCountMax, count)
        case .unsupported: break
        }
    }

    private static func set<Value>(_ slot: inout Value?, _ value: Value) { if slot == nil { slot = value } }
}
