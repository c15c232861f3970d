import Actions
import Documents
import Execution
import Inventory
import Planning
import Reporting
import Transport

/// Asks all nodes at once and shows the cluster on one screen.
struct StatusScreen {
    private let loaded: LoadedInventory
    private let plan: Plan
    private let connections: Connections

    /// - Parameter plan: of the runbook ha-cluster, whole: its steps know what the inventory asks for.
    init(_ loaded: LoadedInventory, _ plan: Plan, _ connections: Connections) {
        self.loaded = loaded
        self.plan = plan
        self.connections = connections
    }

    /// What the nodes say.
    func view() async -> ClusterStatusView {
        let fleet = loaded.fleet
        let address = fleet.lookup("address.ip")?.string.map { String($0.prefix { $0 != "/" }) }
        let script = StatusScript.script(
            mount: fleet.lookup("storage.mount")?.string, vm: fleet.lookup("vm.name")?.string, address: address,
            target: fleet.lookup("iscsi.target")?.string)
        let answer = await StatusProbe(plan, screen: script, connections: connections).answer()
        return ClusterStatusView(
            title: fleet.cluster?.name ?? loaded.path, inventory: loaded.path,
            links: plan.peers.map(\.links.count).max() ?? 1, answer, style: Style(hasColor: Console.hasColor))
    }

    /// Prints the screen.
    func show() async throws { Console.out("\n" + (await view()).text) }
}
