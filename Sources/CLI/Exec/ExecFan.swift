import Documents
import Inventory
import SSH
import Synchronization
import Transport

/// Takes one command to many nodes and brings their answers to a view.
final class ExecFan: Sendable {
    private let command: Command
    private let nodes: [Node]
    private let inventory: String
    private let view: any ExecView
    private let status: ExecStatusLine?
    /// Where the command may run: it was asked for, and its end is not known.
    private let begun = Mutex<Set<NodeName>>([])

    /// - Parameters:
    ///   - inventory: the inventory's path as the user wrote it.
    ///   - status: the line about outstanding nodes, where there is one.
    init(command: Command, nodes: [Node], inventory: String, view: any ExecView, status: ExecStatusLine?) {
        self.command = command
        self.nodes = nodes
        self.inventory = inventory
        self.view = view
        self.status = status
    }

    /// Where the command may still run, in the inventory's order.
    var outstanding: [NodeName] {
        begun.withLock { begun in nodes.map(\.name).filter { begun.contains($0) } }
    }

    /// Runs the command everywhere.
    ///
    /// - Parameter limit: how many nodes are worked on at once.
    func run(atOnce limit: Int) async -> ExecTally {
        let connector = SSHConnector.forConsole()
        return await withTaskGroup(of: ExecResult?.self) { group in
            if let status {
                group.addTask {
                    await status.keepShowing()
                    return nil
                }
            }
            var waiting = nodes[...]
            while waiting.count > max(0, nodes.count - limit), let node = waiting.popFirst() {
                group.addTask { await self.answer(of: node, connector) }
            }
            var tally = ExecTally()
            while tally.count < nodes.count, let result = await group.next() {
                guard let result else { continue }
                tally.add(result)
                if let node = waiting.popFirst() { group.addTask { await self.answer(of: node, connector) } }
            }
            group.cancelAll()
            return tally
        }
    }

    private func answer(of node: Node, _ connector: SSHConnector) async -> ExecResult {
        let began = ContinuousClock.now
        let name = node.name
        var result: ExecResult
        var hasBegun = false
        do throws(TransportError) {
            if Task.isCancelled { throw .cancelled }
            let connection = try await connector.connect(to: node.endpoint())
            hasBegun = true
            begun.withLock { _ = $0.insert(name) }
            let outcome = await Self.run(command, on: connection, view)
            await connection.close()
            let answer = try outcome.get()
            result = ExecResult(name, answer, seconds: Self.rounded(answer.duration))
        } catch {
            result = ExecResult(
                name, error, hasBegun: hasBegun, seconds: Self.rounded(ContinuousClock.now - began),
                inventory: inventory)
        }
        begun.withLock { _ = $0.remove(name) }
        view.ended(result)
        status?.ended(name)
        result.stdout = []
        result.stderr = []
        return result
    }

    private static func run(
        _ command: Command, on connection: any NodeConnection, _ view: any ExecView
    ) async -> Result<CommandResult, TransportError> {
        let node = connection.node
        do throws(TransportError) {
            return .success(
                try await command.keepsOutput
                    ? connection.run(command)
                    : connection.run(command) { chunk in view.took(chunk, from: node) })
        } catch {
            return .failure(error)
        }
    }

    private static func rounded(_ duration: Duration) -> Double { (duration.inSeconds * 1000).rounded() / 1000 }
}
