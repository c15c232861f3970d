package import Logging
package import Transport

/// The run's connections, one a node, opened together and opened anew after a loss.
package actor Connections {
    private let connector: any Connector
    private let endpoints: [NodeName: Endpoint]
    private let pauses: [Duration]
    private let log: Logger
    private var open: [NodeName: any NodeConnection] = [:]

    /// - Parameters:
    ///   - pauses: how long to wait before each further try, where trying again may help and nothing
    ///   was sent.
    ///   - log: is told of each further try.
    package init(
        _ endpoints: [Endpoint], connector: any Connector,
        pauses: [Duration] = [.milliseconds(500), .seconds(1), .seconds(2)],
        log: Logger = .off
    ) {
        self.log = log
        self.connector = connector
        self.pauses = pauses
        self.endpoints = Dictionary(endpoints.map { ($0.node, $0) }) { first, _ in first }
    }

    /// Connects to every node at once.
    ///
    /// - Returns: why each node that failed could not be reached; empty where all are connected.
    package func connectAll() async -> [NodeName: TransportError] {
        let (connector, pauses, log) = (connector, pauses, log)
        let missing = endpoints.values.filter { open[$0.node] == nil }
        let attempts = await missing.gatherResults { (endpoint: Endpoint) async throws(TransportError) in
            try await Self.connect(connector, endpoint, pauses, log)
        }
        var failures: [NodeName: TransportError] = [:]
        for (endpoint, attempt) in zip(missing, attempts) {
            switch attempt {
            case .success(let connection): open[endpoint.node] = connection
            case .failure(let error): failures[endpoint.node] = error
            }
        }
        return failures
    }

    /// The node's connection; a new one where there is none, or where it ended while nobody used it.
    package func connection(to node: NodeName) async throws(TransportError) -> any NodeConnection {
        if let connection = open[node] {
            if await connection.isOpen { return connection }
            log.about(node).info("connects anew: the connection ended while nobody used it")
        }
        guard let endpoint = endpoints[node] else {
            throw .unreachable(address: node.text, reason: "the inventory has no such node")
        }
        let connection = try await Self.connect(connector, endpoint, pauses, log)
        open[node] = connection
        return connection
    }

    /// Connects anew, and tries again until the limit is over; each time the host key is proved.
    ///
    /// - Throws: why the node did not answer at last; at once where trying again cannot help, as with a host
    ///   key that is not the known one.
    package func reopen(_ node: NodeName, within limit: Duration) async throws(TransportError) {
        await drop(node)
        log.about(node).info("connects anew, and tries for at most \(limit.brief)")
        let end = ContinuousClock.now + limit
        while true {
            if Task.isCancelled { throw .cancelled }
            do throws(TransportError) {
                _ = try await connection(to: node)
                return
            } catch {
                switch error {
                case .hostKeyChanged, .hostKeyUnknown, .hostKeyRevoked: throw error
                default: if ContinuousClock.now >= end { throw error }
                }
            }
            do {
                try await Task.sleep(for: .seconds(1))
            } catch {
                throw .cancelled
            }
        }
    }

    /// Connects, with further tries for what passes by itself: a restart of sshd, a full queue, a link that comes up.
    ///
    /// A try that waited long by itself is not repeated: the node had its time.
    private static func connect(
        _ connector: any Connector, _ endpoint: Endpoint, _ pauses: [Duration], _ log: Logger
    ) async throws(TransportError) -> any NodeConnection {
        var pauses = pauses[...]
        while true {
            let began = ContinuousClock.now
            do throws(TransportError) {
                return try await connector.connect(to: endpoint)
            } catch {
                guard error.isRetryable, ContinuousClock.now - began < .seconds(3), let pause = pauses.popFirst()
                else { throw error }
                log.about(endpoint.node).info("connects once more in \(pause.brief): \(error)")
                do {
                    try await Task.sleep(for: pause)
                } catch {
                    throw .cancelled
                }
            }
        }
    }

    /// Ends a node's connection, so that the next use opens a new one.
    package func drop(_ node: NodeName) async {
        await open.removeValue(forKey: node)?.close()
    }

    /// Ends every connection.
    package func closeAll() async {
        let connections = open.values
        open = [:]
        for connection in connections { await connection.close() }
    }
}
