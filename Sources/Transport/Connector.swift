/// Opens connections; the SSH engine is one, a test's simulated fleet another.
package protocol Connector: Sendable {
    /// Connects, proves the host's key, and logs in.
    ///
    /// - Parameter endpoint: where and how.
    /// - Throws: ``TransportError``; nothing is left open then.
    func connect(to endpoint: Endpoint) async throws(TransportError) -> any NodeConnection
}
