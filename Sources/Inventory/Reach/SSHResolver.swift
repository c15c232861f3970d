import Documents
import SSHConfig
import Transport

/// Puts together how each node is reached: the inventory first, then ssh_config, then harun's defaults.
///
/// A node is looked up in ssh_config by its address, as `ssh ADDRESS` would do.
struct SSHResolver {
    /// Jump hosts may have jump hosts of their own; more than this is a loop.
    private static let mostJumps = 8

    private(set) var problems: [Diagnostic] = []
    /// What ssh_config asks for and harun does not do, each once.
    private(set) var notes: [Diagnostic] = []
    private let config: ClientConfig
    private let surroundings: Surroundings

    init(_ surroundings: Surroundings) {
        self.surroundings = surroundings
        config = surroundings.sshConfig
        problems = config.problems
    }

    /// The node with everything filled in that the inventory leaves open.
    mutating func complete(_ node: Node) -> Node {
        var node = node
        let given = node.ssh.given
        let options = options(
            for: node.address, user: given.contains("user") ? node.ssh.user : nil, defaultUser: node.ssh.user)
        if !given.contains("user"), let user = options.user { node.ssh.user = user }
        if !given.contains("port"), let port = options.port { node.ssh.port = port }
        if let sudo = node.ssh.sudo, sudo.value == .wrapper, node.ssh.user == "root" {
            // Whoever reads the inventory would believe that what runs there is on record.
            let problem =
                "\(node.name) is reached as root, who needs no sudo: `sudo = \"wrapper\"` needs another `user`"
            add([Diagnostic(problem, at: sudo.location)], to: \.problems)
        }
        do throws(DiagnosticError) {
            try complete(&node.ssh, options, address: node.address)
        } catch {
            add(error.diagnostics, to: \.problems)
        }
        return node
    }

    private mutating func complete(
        _ ssh: inout SSHSettings, _ options: HostOptions, address: String
    ) throws(DiagnosticError) {
        let host = try hostName(options, address)
        if host != address { ssh.route.hostName = host }
        let tokens = Tokens(
            host: host, originalHost: address, port: ssh.port, user: ssh.user, hostKeyAlias: options.hostKeyAlias,
            files: config.files)
        if !ssh.given.contains("identity"), let identities = try identities(options, tokens) {
            ssh.identities = identities
        }
        let known = try knownHosts(options, tokens)
        if !ssh.given.contains("known_hosts"), let first = known.user.first { ssh.knownHosts = first }
        ssh.route.moreKnownHosts =
            (ssh.given.contains("known_hosts") ? [] : Array(known.user.dropFirst())) + known.system
        ssh.route.certificates = try paths(options.certificateFiles, tokens)
        ssh.route.identitiesOnly = options.identitiesOnly ?? false
        ssh.route.identityAgent = try agent(options, tokens)
        ssh.route.hostKeyAlias = options.hostKeyAlias
        ssh.route.connectTimeout = options.connectTimeout.map { .seconds($0) }
        ssh.route.aliveInterval = options.aliveInterval.flatMap { $0 > 0 ? .seconds($0) : nil }
        ssh.route.aliveCountMax = options.aliveCountMax.map { max($0, 1) }
        let way: Placed<[JumpHost]>?
        if let jump = ssh.jump {
            way = Placed(jump.value, at: jump.location)
        } else {
            way = options.jumps
        }
        ssh.route.jumps =
            try way.map { way throws(DiagnosticError) in
                try jumps(way.value, at: way.location, for: ssh, to: tokens, depth: 0)
            } ?? []
    }

    // MARK: Jump hosts

    /// The hosts on a way; the first one's own way, if it has any, comes before it.
    ///
    /// - Parameter target: the host that the way leads to, which the tokens in the hosts' names speak of.
    private mutating func jumps(
        _ hosts: [JumpHost], at place: SourceLocation, for ssh: SSHSettings, to target: Tokens, depth: Int
    ) throws(DiagnosticError) -> [Endpoint] {
        var way: [Endpoint] = []
        for (index, written) in hosts.enumerated() {
            let jump = try written.expanded(target, at: place)
            let options = options(for: jump.host, user: jump.user, defaultUser: config.files.user)
            let tokens = try tokens(of: jump, options)
            var endpoint = try hop(jump, options, tokens, ssh)
            let isLoop = endpoint.address == target.host && endpoint.port == target.port
            guard !isLoop || endpoint.user != target.user, depth < Self.mostJumps else {
                throw DiagnosticError([Diagnostic("the way to \(jump) leads through itself", at: place)])
            }
            if index == 0, let own = options.jumps {
                way = try jumps(own.value, at: own.location, for: ssh, to: tokens, depth: depth + 1)
            }
            endpoint.jumps = way
            way.append(endpoint)
        }
        return way
    }

    private func tokens(of jump: JumpHost, _ options: HostOptions) throws(DiagnosticError) -> Tokens {
        Tokens(
            host: try hostName(options, jump.host), originalHost: jump.host, port: jump.port ?? options.port ?? 22,
            user: options.user ?? config.files.user, hostKeyAlias: options.hostKeyAlias, files: config.files)
    }

    /// One host on the way, as `ssh JUMP` would reach it; the inventory's own key and known_hosts hold too.
    private func hop(
        _ jump: JumpHost, _ options: HostOptions, _ tokens: Tokens, _ ssh: SSHSettings
    ) throws(DiagnosticError) -> Endpoint {
        let usual = SSHSettings(defaultsIn: surroundings)
        let known = try knownHosts(options, tokens)
        let pins = ssh.given.contains("known_hosts") ? ssh.knownHosts : known.user.first ?? usual.knownHosts
        let own = try identities(options, tokens)
        var endpoint = Endpoint(
            node: NodeName(jump.host), address: tokens.host, port: tokens.port, user: tokens.user,
            identities: own ?? (ssh.given.contains("identity") ? ssh.identities : usual.identities), knownHosts: pins)
        endpoint.moreKnownHosts = known.user.filter { $0 != pins } + known.system
        endpoint.certificates = try paths(options.certificateFiles, tokens)
        endpoint.identitiesOnly = options.identitiesOnly ?? false
        endpoint.identityAgent = try agent(options, tokens)
        endpoint.hostKeyAlias = options.hostKeyAlias
        endpoint.connectTimeout = options.connectTimeout.map { .seconds($0) }
        endpoint.aliveInterval = options.aliveInterval.flatMap { $0 > 0 ? .seconds($0) : nil }
        endpoint.aliveCountMax = options.aliveCountMax.map { max($0, 1) }
        return endpoint
    }

    // MARK: Single options

    private mutating func options(for host: String, user: String?, defaultUser: String) -> HostOptions {
        var found: [Diagnostic] = []
        let options = config.options(for: host, user: user, defaultUser: defaultUser, notes: &found)
        add(found, to: \.notes)
        return options
    }

    /// The host to connect to, as OpenSSH would write it.
    private func hostName(_ options: HostOptions, _ host: String) throws(DiagnosticError) -> String {
        guard let name = options.hostName else { return HostText.canonical(host) }
        return HostText.canonical(try Tokens.hostName(name, for: host))
    }

    private func identities(_ options: HostOptions, _ tokens: Tokens) throws(DiagnosticError) -> [String]? {
        options.identityFiles.isEmpty ? nil : try paths(options.identityFiles, tokens)
    }

    private func paths(_ files: [Placed<String>], _ tokens: Tokens) throws(DiagnosticError) -> [String] {
        var paths: [String] = []
        for file in files where file.value.lowercased() != "none" {
            paths.append(try tokens.path(file.value, at: file.location))
        }
        return paths
    }

    private func agent(_ options: HostOptions, _ tokens: Tokens) throws(DiagnosticError) -> AgentChoice {
        guard let agent = options.identityAgent else { return .environment }
        if agent.value.lowercased() == "none" { return .none }
        if agent.value == "SSH_AUTH_SOCK" { return .environment }
        if agent.value.hasPrefix("$"), !agent.value.hasPrefix("${") {
            guard let path = config.files.environment(String(agent.value.dropFirst())) else { return .none }
            return .socket(path)
        }
        return .socket(try tokens.path(agent.value, at: agent.location))
    }

    private func knownHosts(
        _ options: HostOptions, _ tokens: Tokens
    ) throws(DiagnosticError) -> (user: [String], system: [String]) {
        let home = config.files.home + "/.ssh/"
        return (
            try paths(options.userKnownHosts, tokens) ?? [home + "known_hosts"],
            try paths(options.globalKnownHosts, tokens) ?? ["/etc/ssh/ssh_known_hosts", "/etc/ssh/ssh_known_hosts2"]
        )
    }

    private func paths(_ list: Placed<[String]>?, _ tokens: Tokens) throws(DiagnosticError) -> [String]? {
        guard let list else { return nil }
        var paths: [String] = []
        for path in list.value where path.lowercased() != "none" {
            paths.append(try tokens.path(path, at: list.location))
        }
        return paths
    }

    private mutating func add(_ more: [Diagnostic], to list: WritableKeyPath<Self, [Diagnostic]>) {
        for one in more where !self[keyPath: list].contains(one) { self[keyPath: list].append(one) }
    }
}
