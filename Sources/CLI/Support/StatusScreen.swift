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
        let answer = await StatusProbe(plan, screen: script, connections: connections, isProved: isProved)
            .answer()
        return ClusterStatusView(
            title: fleet.cluster?.name ?? loaded.path, inventory: loaded.path,
            links: plan.peers.map(\.links.count).max() ?? 1, answer, style: Style(hasColor: Console.hasColor))
    }

    /// Prints the screen.
    func show() async throws { Console.out("\n" + (await view()).text) }
}
