import Documents
import Inventory
import SSH
import Synchronization
import Transport

/// Takes one piece of work to many nodes, in parallel, and counts how it ended.
final class NodeFan<Work: NodeWork>: Sendable {
    private let work: Work
    private let nodes: [Node]
    private let status: NodeStatusLine?
    /// Where the work may be under way: it was begun, and its end is not known.
    private let begun = Mutex<Set<NodeName>>([])

    /// - Parameter status: the line about outstanding nodes, where there is one.
    init(_ work: Work, nodes: [Node], status: NodeStatusLine?) {
        self.work = work
        self.nodes = nodes
        self.status = status
    }

    /// Where the work may still be under way, in the inventory's order.
    var outstanding: [NodeName] {
        begun.withLock { begun in nodes.map(\.name).filter { begun.contains($0) } }
    }

    /// Does the work everywhere.
    ///
    /// - Parameter limit: how many nodes are worked on at once.
    func run(atOnce limit: Int) async -> NodeTally {
        let connector = SSHConnector.forConsole()
        return await withTaskGroup(of: NodeEnding?.self) { group in
            if let status {
                group.addTask {
                    await status.keepShowing()
                    return nil
                }
            }
            var waiting = nodes[...]
            while waiting.count > max(0, nodes.count - limit), let node = waiting.popFirst() {
                group.addTask { await self.ending(of: node, connector) }
            }
            var tally = NodeTally()
            while tally.count < nodes.count, let ending = await group.next() {
                guard let ending else { continue }
                tally.add(ending)
                if let node = waiting.popFirst() { group.addTask { await self.ending(of: node, connector) } }
            }
            group.cancelAll()
            return tally
        }
    }

    private func ending(of node: Node, _ connector: SSHConnector) async -> NodeEnding {
        let began = ContinuousClock.now
        let name = node.name
        let answer: Work.Answer
        var hasBegun = false
        do throws(TransportError) {
            if Task.isCancelled { throw .cancelled }
            let connection = try await connector.connect(to: node.endpoint())
            hasBegun = true
            begun.withLock { _ = $0.insert(name) }
            let result = await result(on: connection)
            await connection.close()
            answer = try result.get()
        } catch {
            answer = work.answer(
                of: name, error, hasBegun: hasBegun, seconds: (ContinuousClock.now - began).inRoundedSeconds)
        }
        begun.withLock { _ = $0.remove(name) }
        let ending = work.ended(answer)
        status?.ended(name)
        return ending
    }

    private func result(on connection: any NodeConnection) async -> Result<Work.Answer, TransportError> {
        do throws(TransportError) {
            return .success(try await work.perform(on: connection))
        } catch {
            return .failure(error)
        }
    }
}

extension Duration {
    /// As JSON and people get it: to the millisecond.
    var inRoundedSeconds: Double { (inSeconds * 1000).rounded() / 1000 }
}
