package import Transport

/// Several known_hosts files asked as one, as OpenSSH does with the user's and the system's.
package struct KnownHostsFiles: Sendable {
    /// Each with its path, the one that new keys are pinned in first.
    var files: [(path: String, hosts: KnownHosts)]

    init(files: [(path: String, hosts: KnownHosts)]) { self.files = files }

    /// Reads the files of an endpoint; a missing one knows nobody.
    ///
    /// Blocks: not for an event loop.
    package init(of endpoint: Endpoint) {
        let paths = [endpoint.knownHosts] + endpoint.moreKnownHosts
        files = paths.map { ($0, Self.read($0)) }
    }

    /// Reads one file; blocks.
    static func read(_ path: String) -> KnownHosts { KnownHosts((try? FileContent.read(path, limit: 1 << 26)) ?? []) }

    /// The lines that were passed over, for people.
    package var warnings: [String] {
        files.flatMap { path, hosts in
            hosts.warnings.map { "\(path):\($0.line): this line is passed over: \($0.reason)" }
        }
    }

    /// The types of keys known for an endpoint, in the files' order.
    func keyTypes(of endpoint: Endpoint) -> [String] {
        let types = keyTypes(of: endpoint.knownHostsName)
        guard types.isEmpty, let name = endpoint.knownHostsNameWithoutPort else { return types }
        return keyTypes(of: name)
    }

    private func keyTypes(of name: String) -> [String] {
        var types: [String] = []
        for type in files.flatMap({ $0.hosts.keyTypes(of: name) }) where !types.contains(type) { types.append(type) }
        return types
    }

    /// Why a key that an endpoint showed is not accepted; nil where a file has it.
    ///
    /// A revocation in any file holds; then a match in any; then the first file that knows the host otherwise. Off
    /// port 22 a host that is known by no key there is looked up without its port, as OpenSSH does: a match holds,
    /// and anything else leaves the host new.
    package func problem(with key: HostKey, of endpoint: Endpoint) -> TransportError? {
        let problem = problem(with: key, of: endpoint.knownHostsName, pins: endpoint.knownHosts)
        guard case .hostKeyUnknown? = problem, let name = endpoint.knownHostsNameWithoutPort else { return problem }
        switch self.problem(with: key, of: name, pins: endpoint.knownHosts) {
        case nil: return nil
        case .hostKeyRevoked(_, let fingerprint, let path, let line)?:
            return .hostKeyRevoked(
                host: endpoint.knownHostsName, fingerprint: fingerprint, knownHosts: path, line: line)
        default: return problem
        }
    }

    private func problem(with key: HostKey, of host: String, pins: String) -> TransportError? {
        let verdicts = files.map { (verdict: $0.hosts.verdict(on: key, of: host), path: $0.path) }
        for (verdict, path) in verdicts {
            guard case .revoked(let line) = verdict else { continue }
            return .hostKeyRevoked(host: host, fingerprint: key.fingerprint, knownHosts: path, line: line)
        }
        if verdicts.contains(where: { $0.verdict == .match }) { return nil }
        for (verdict, path) in verdicts {
            guard case .changed(let expected, let line) = verdict else { continue }
            return .hostKeyChanged(
                host: host, keyType: key.type, fingerprint: key.fingerprint, expected: expected.map(\.fingerprint),
                knownHosts: path, line: line)
        }
        for (verdict, path) in verdicts {
            guard case .otherType(let known, let line) = verdict else { continue }
            return .hostKeyOtherType(
                host: host, keyType: key.type, fingerprint: key.fingerprint,
                known: known.map { "\($0.type) \($0.fingerprint)" }, knownHosts: path, line: line)
        }
        return .hostKeyUnknown(
            host: host, keyType: key.type, fingerprint: key.fingerprint, knownHosts: pins)
    }

    /// Where an accepted key stands, for the log: `as in FILE:LINE`.
    func place(of key: HostKey, of endpoint: Endpoint) -> String? {
        for name in [endpoint.knownHostsName, endpoint.knownHostsNameWithoutPort] {
            guard let name else { continue }
            for (path, hosts) in files {
                if let line = hosts.line(of: key, of: name) { return "as in \(path):\(line)" }
            }
        }
        return nil
    }

    /// The lines that make an endpoint's own file know keys: hashed, where the file keeps its names hashed.
    package func lines(for keys: [HostKey], of endpoint: Endpoint) -> [String] {
        let isHashed = files.first?.hosts.isHashed ?? false
        return keys.map {
            isHashed
                ? $0.hashedKnownHostsLine(host: endpoint.knownHostsName)
                : $0.knownHostsLine(host: endpoint.knownHostsName)
        }
    }
}
