package import Transport

/// Connects through a relay that is made for one trial.
package struct RelayedConnector: Connector {
    private let connector: any Connector
    private let relay: CuttingRelay?

    /// - Parameters:
    ///   - connector: what connects to the relay.
    ///   - limit: bytes of the server that are let through.
    package init(_ connector: any Connector, to server: OpenSSHServer, after limit: Int, _ end: CuttingRelay.End) {
        self.connector = connector
        relay = try? CuttingRelay(to: server.port, after: limit, end)
    }

    package func connect(to endpoint: Endpoint) async throws(TransportError) -> any NodeConnection {
        guard let relay else { throw .unreachable(address: endpoint.address, reason: "there is no relay") }
        var endpoint = endpoint
        // The server's key is known under its own port.
        endpoint.hostKeyAlias = endpoint.knownHostsName
        endpoint.port = relay.port
        return try await connector.connect(to: endpoint)
    }
}
