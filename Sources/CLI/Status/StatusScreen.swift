import Actions
import Documents
import Execution
import Inventory
import Planning
import Reporting
import Steps
import Transport

/// Asks all nodes at once and shows the cluster on one screen.
struct StatusScreen {
    private let loaded: LoadedInventory
    private let plan: Plan
    private let connections: Connections
    private let isProved: Bool

    /// - Parameters:
    ///   - plan: of the runbook ha-cluster, whole: its steps know what the inventory asks for.
    ///   - isProved: whether a run of all of it has just found nothing to do.
    init(_ loaded: LoadedInventory, _ plan: Plan, _ connections: Connections, isProved: Bool = false) {
        self.loaded = loaded
        self.plan = plan
        self.connections = connections
        self.isProved = isProved
    }

    /// What the nodes say.
    func view() async -> ClusterStatusView {
        let fleet = loaded.fleet
        let address = fleet.lookup("address.ip")?.string.map { String($0.prefix { $0 != "/" }) }
        let script = StatusScript.script(
            mount: fleet.lookup("storage.mount")?.string, vm: fleet.lookup("vm.name")?.string, address: address,
            target: fleet.lookup("iscsi.target")?.string)
        let answer = await StatusProbe(
            plan, watching: WatchedActions.kinds, screen: script, connections: connections, isProved: isProved
        ).answer()
        return ClusterStatusView(
            title: fleet.cluster?.name ?? loaded.path, inventory: loaded.path,
            links: plan.peers.map(\.links.count).max() ?? 1,
            nodes: plan.nodes.map { facts($0, answer) }, rows: answer.rows, style: Style(hasColor: Console.hasColor))
    }

    private func facts(_ node: NodeName, _ answer: StatusProbe.Answer) -> NodeFacts {
        switch answer.nodes[node] {
        case .success(let screen)?: NodeFacts(node: node, status: PacemakerStatus(screen), facts: screen.facts)
        case .failure(let error)?:
            NodeFacts(
                node: node, status: nil, facts: [:], problem: error.description,
                advice: error.advice(inventory: loaded.path))
        case nil: NodeFacts(node: node, status: nil, facts: [:], problem: "it was not asked")
        }
    }

    /// Prints the screen.
    func show() async throws { Console.out("\n" + (await view()).text) }
}
