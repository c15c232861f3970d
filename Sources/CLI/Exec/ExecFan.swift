import Documents
import Inventory
import SSH
import Transport

/// Takes one command to many nodes and brings their answers to a view.
struct ExecFan: Sendable {
    let command: Command
    let nodes: [Node]
    let inventory: String
    let view: any ExecView
    let status: ExecStatusLine?

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
                group.addTask { await answer(of: node, connector) }
            }
            var tally = ExecTally()
            while tally.count < nodes.count, let result = await group.next() {
                guard let result else { continue }
                tally.add(result)
                if let node = waiting.popFirst() { group.addTask { await answer(of: node, connector) } }
            }
            group.cancelAll()
            return tally
        }
    }

    private func answer(of node: Node, _ connector: SSHConnector) async -> ExecResult {
        let began = ContinuousClock.now
        let name = node.name
        var result: ExecResult
        do throws(TransportError) {
            if Task.isCancelled { throw .cancelled }
            let connection = try await connector.connect(to: node.endpoint())
            let outcome = await Self.run(command, on: connection, view)
            await connection.close()
            let answer = try outcome.get()
            result = ExecResult(name, answer, seconds: Self.rounded(answer.duration))
        } catch {
            result = ExecResult(
                name, error, seconds: Self.rounded(ContinuousClock.now - began), inventory: inventory)
        }
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
