import Documents
import Settings
import Transport

/// The rules that look at more than one section, or at more than one node.
struct FleetRules {
    private(set) var diagnostics: [Diagnostic] = []
    private let fleet: Fleet
    private let table: Table
    /// Every `[[node]]` with what could be read of it.
    private let nodes: [(table: Table, node: Node?)]

    init(_ fleet: Fleet, table: Table, nodes: [(Table, Node?)]) {
        self.fleet = fleet
        self.table = table
        self.nodes = nodes.map { ($0.0, $0.1) }
    }

    /// Applies all of them.
    mutating func check() {
        if table["node"].map({ $0.array?.isEmpty == true }) ?? true {
            fail("the inventory needs a [[node]]", at: table.location)
        }
        diagnostics += NodeRules(nodes: nodes, isCluster: table["cluster"] != nil).diagnostics
        checkDisks()
        checkFencing()
        checkMachine()
        checkAddress()
    }

    private mutating func fail(_ message: String, at location: SourceLocation?) {
        diagnostics.append(Diagnostic(message, at: location ?? table.location))
    }

    private mutating func checkDisks() {
        if table["iscsi"] == nil {
            let why = "in this version a shared disk is a LUN of an iSCSI target, also where it is named by `wwid`"
            if let place = table["storage"]?.location { fail("[storage] needs [iscsi]: \(why)", at: place) }
            if fleet.fencing?.method == .sbd {
                fail("[fencing] with method = \"sbd\" needs [iscsi]: \(why)", at: table["fencing"]?.location)
            }
        }
        guard let data = fleet.storage?.unit, let fence = fleet.fencing?.unit, data.isSame(as: fence),
            let section = table["fencing"]?.table
        else { return }
        fail(
            "fencing must have a disk of its own: this one is [storage]'s, and fencing would overwrite it",
            at: (section["lun"] ?? section["wwid"])?.location)
    }

    private mutating func checkFencing() {
        guard table["fencing"] == nil, let name = ["storage", "vm"].first(where: { table[$0] != nil }) else { return }
        fail("[\(name)] needs [fencing]: \(Fencing.choice)", at: table[name]?.location)
    }

    private mutating func checkMachine() {
        if table["vm"] != nil, table["storage"] == nil {
            fail("[vm] needs [storage]: its disk must be where every node reaches it", at: table["vm"]?.location)
        }
    }

    private mutating func checkAddress() {
        if let address = fleet.address, let place = table["address"]?.table?["ip"]?.location {
            for (_, node) in nodes {
                guard let node, ([node.address] + node.links).contains(where: { IPAddress($0) == address.floating.ip })
                else {
                    continue
                }
                fail(
                    "\(address.floating.ip) is the address of \(node.name) itself; the floating one must be free",
                    at: place)
            }
        }
        if table["cluster"] != nil, table["storage"] == nil, let place = table["address"]?.location {
            fail("in a cluster [address] needs [storage]: the address goes where the shared disk is mounted", at: place)
        }
        if let failover = fleet.failover, table["address"] == nil, let section = table["failover"]?.table {
            if failover.probe.needsAddress {
                fail(
                    "the probe \"\(failover.probe)\" asks the floating address, so it needs [address]",
                    at: section["probe"]?.location ?? section.location)
            } else {
                fail(
                    "[failover] needs [address]: a failover is measured at the floating address too, whatever the probe "
                        + "asks", at: section.location)
            }
        }
    }
}
