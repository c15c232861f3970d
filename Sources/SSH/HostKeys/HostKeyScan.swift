package import Transport

/// Asks hosts for their keys without logging in, for a person to compare and pin.
///
/// What it answers proves nothing about who the host is; only the comparison does.
package struct HostKeyScan: Sendable {
    private let connector: SSHConnector

    /// - Parameter connector: reaches the jump hosts, whose own keys must be known.
    package init(connector: SSHConnector = SSHConnector()) { self.connector = connector }

    /// The key that a host shows.
    ///
    /// - Parameter types: key types to ask for first, best first.
    package func key(
        of host: String, port: UInt16 = 22, preferring types: [String] = ["ssh-ed25519"]
    ) async throws(TransportError) -> HostKey {
        let endpoint = Endpoint(node: NodeName(host), address: host, port: port, identities: [], knownHosts: "")
        return try await connector.withSession(to: endpoint, preferring: types) { session, key throws(TransportError) in
            await session.close()
            return key
        }
    }

    /// Every key that a host has and that harun can check.
    ///
    /// One connection a type, since a host proves one key at a time.
    ///
    /// - Returns: the keys, and the types of those that it has besides and that harun cannot check.
    package func keys(of endpoint: Endpoint) async throws(TransportError) -> (keys: [HostKey], others: [String]) {
        var keys: [HostKey] = []
        var asked: [String] = []
        var offered: [String] = []
        repeat {
            let type = offered.first { !asked.contains($0) } ?? "ssh-ed25519"
            asked.append(type)
            let (key, types) = try await connector.withSession(to: endpoint, preferring: [type]) {
                session, key throws(TransportError) in
                let types = await session.offeredHostKeyTypes
                await session.close()
                return (key, types)
            }
            if !keys.contains(key) { keys.append(key) }
            if !asked.contains(key.type) { asked.append(key.type) }
            offered = types.filter { HostKey.checkable.contains($0) }
            if offered.allSatisfy(asked.contains) {
                return (keys, types.filter { !HostKey.checkable.contains($0) && !$0.contains("-cert-") })
            }
        } while asked.count <= HostKey.checkable.count
        return (keys, [])
    }
}
