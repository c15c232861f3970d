import Actions
import Documents
import Execution
import Foundation
import Inventory
import Reporting
import Transport

/// Asks all nodes at once and shows the cluster on one screen.
struct StatusScreen {
    private let loaded: LoadedInventory
    private let connections: Connections

    init(_ loaded: LoadedInventory, _ connections: Connections) {
        self.loaded = loaded
        self.connections = connections
    }

    /// What the nodes say.
    func view() async -> ClusterStatusView {
        let fleet = loaded.fleet
        let address = fleet.lookup("address.ip")?.string.map { String($0.prefix { $0 != "/" }) }
        let script = StatusScript.script(
            mount: fleet.lookup("storage.mount")?.string, vm: fleet.lookup("vm.name")?.string, address: address,
            target: fleet.lookup("iscsi.target")?.string)
        let command = Command(ScriptPrelude.text + "\n" + script.text, timeout: script.timeout)
        let names = fleet.nodes.map(\.name)
        let connections = connections
        let answers = await withTaskGroup(of: NodeFacts.self) { group in
            for name in names {
                group.addTask { await Self.facts(of: name, command, connections) }
            }
            var answers: [NodeFacts] = []
            for await answer in group { answers.append(answer) }
            return answers
        }
        let ordered = names.compactMap { name in answers.first { $0.node == name } }
        return ClusterStatusView(
            title: fleet.cluster?.name ?? loaded.path, nodes: ordered, style: Style(hasColor: Console.hasColor))
    }

    private static func facts(of node: NodeName, _ command: Command, _ connections: Connections) async -> NodeFacts {
        do throws(TransportError) {
            let result = try await connections.connection(to: node).run(command)
            var observation = Observation(code: 0)
            for line in result.outputText.split(separator: "\n") { observation.take(line) }
            let status = observation.facts["status"].flatMap { PacemakerStatus(xml: $0) }
            return NodeFacts(node: node, status: status, facts: observation.facts, problem: nil)
        } catch {
            return NodeFacts(node: node, status: nil, facts: [:], problem: error.description)
        }
    }

    /// Prints the screen.
    func show() async throws { Console.out("\n" + (await view()).text) }
}
