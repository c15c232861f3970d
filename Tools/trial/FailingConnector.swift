import TestSupport
import Transport

/// Connects to simulated nodes through the failpoints.
struct FailingConnector: Connector {
    let fleet: SimulatedFleet
    let failpoints: Failpoints

    init(_ fleet: SimulatedFleet, _ failpoints: Failpoints) {
        self.fleet = fleet
        self.failpoints = failpoints
        fleet.onBeginning { _, _ in failpoints.running() }
    }

    func connect(to endpoint: Endpoint) async throws(TransportError) -> any NodeConnection {
        do throws(TransportError) {
            return FailingConnection(
                base: try await fleet.connect(to: endpoint), fleet: fleet, failpoints: failpoints)
        } catch {
            // A node that lost its power comes up while somebody tries for the second time.
            fleet.makeReachable(endpoint.node)
            throw error
        }
    }
}

/// A connection to a simulated node whose commands pass the failpoints.
private struct FailingConnection: NodeConnection {
    let base: any NodeConnection
    let fleet: SimulatedFleet
    let failpoints: Failpoints
    var node: NodeName { base.node }
    var isOpen: Bool { get async { await base.isOpen } }

    func run(
        _ command: Command, onOutput: (@Sendable (OutputChunk) -> Void)?
    ) async throws(TransportError) -> CommandResult {
        if let fault = failpoints.send() { fleet.plan(fault, on: node, at: .script(command.script)) }
        let result = try await base.run(command, onOutput: onOutput)
        failpoints.running()
        return result
    }

    func upload(_ bytes: [UInt8], to path: String, mode: UInt16) async throws(TransportError) {
        try await base.upload(bytes, to: path, mode: mode)
    }

    func upload(
        file: String, to path: String, mode: UInt16, owner: String?,
        onProgress: (@Sendable (TransferProgress) -> Void)?
    ) async throws(TransportError) -> TransferredFile {
        try await base.upload(file: file, to: path, mode: mode, owner: owner, onProgress: onProgress)
    }

    func download(
        _ path: String, to file: String, onProgress: (@Sendable (TransferProgress) -> Void)?
    ) async throws(TransportError) -> TransferredFile {
        try await base.download(path, to: file, onProgress: onProgress)
    }

    func close() async { await base.close() }
}
