import Synchronization
import Transport

/// Nodes in memory, each made by its first connection.
final class MemoryFleet: Connector {
    /// How many commands all nodes got.
    let commands = Atomic(0)
    private let nodes = Mutex<[NodeName: MemoryNode]>([:])

    func connect(to endpoint: Endpoint) async throws(TransportError) -> any NodeConnection {
        nodes.withLock { nodes in
            if let node = nodes[endpoint.node] { return node }
            let node = MemoryNode(endpoint.node, of: self)
            nodes[endpoint.node] = node
            return node
        }
    }
}
