import Documents
import Inventory
import Planning
import Runbooks

/// Inventories and runbooks for the planner's tests.
enum Inventories {
    static let small = """
        [[node]]
        name = "n1"
        address = "192.0.2.1"
        [[node]]
        name = "n2"
        address = "192.0.2.2"
        [[node]]
        name = "n3"
        address = "192.0.2.3"

        """

    static let whole = """
        [cluster]
        name = "opencart_cluster"

        [[node]]
        name = "nodo1"
        address = "192.0.2.11"
        links = ["198.51.100.11"]
        [[node]]
        name = "nodo2"
        address = "192.0.2.12"
        links = ["198.51.100.12"]

        [desktop]
        install = ["nodo1"]

        [iscsi]
        portal = "192.0.2.5:3260"
        target = "iqn.2005-10.org.freenas.ctl:ha"

        [storage]
        lun = 1
        filesystem = "ext4"
        mount = "/mnt/shared_storage"
        format = "if-empty"

        [fencing]
        method = "sbd"
        lun = 2

        [vm]
        name = "opencart"
        source = "nodo1"

        [address]
        ip = "192.0.2.200/24"

        [failover]
        budget = "90s"
        probe = "tcp:80"

        """

    static func fleet(_ text: String) throws -> Fleet {
        try Fleet.parse(
            text, file: "inventory.toml",
            in: Surroundings(home: "/home/operator", directory: "/home/operator") { _ in nil })
    }

    static func plan(_ runbook: String, _ inventory: String = small) throws -> Plan {
        try Planner.plan(Runbook(parsing: runbook, file: "r.toml"), for: fleet(inventory))
    }

    /// A runbook of one stage from its steps, each from the line after `[[stage.step]]` on.
    static func runbook(_ steps: String...) -> String {
        "[runbook]\nname = \"x\"\n[[stage]]\nname = \"one\"\n" + steps.map { "[[stage.step]]\n\($0)\n" }.joined()
    }

    static func errors(_ runbook: String, _ inventory: String = small) throws -> [String] {
        do {
            _ = try plan(runbook, inventory)
            return []
        } catch let error as DiagnosticError {
            return error.diagnostics.map(\.description)
        }
    }
}
