import Documents
import Foundation
import Inventory
import Planning
import Runbooks
import Steps
import Testing

@Suite("The cluster's runbook with every choice of sections")
struct SectionMatrixTests {
    private static let start = """
        [cluster]
        name = "c"
        [[node]]
        name = "n1"
        address = "192.0.2.1"
        [[node]]
        name = "n2"
        address = "192.0.2.2"

        """
    /// What each section may say; the first choice leaves it out.
    private static let sections = [
        ["", "[desktop]\ninstall = \"all\"\n", "[desktop]\ninstall = \"none\"\n"],
        ["", "[iscsi]\nportal = \"192.0.2.9\"\ntarget = \"iqn.2005-10.org.freenas.ctl:ha\"\n"],
        [
            "", "[storage]\nlun = 1\nmount = \"/mnt/d\"\nformat = \"if-empty\"\n",
            "[storage]\nwwid = \"0x6001405000000001\"\nmount = \"/mnt/d\"\n",
            "[storage]\nlun = 1\nmount = \"/mnt/d\"\nformat = \"force:0x6001405000000001\"\nread_limit = \"2TiB\"\nmmp = true\n",
        ],
        [
            "", "[fencing]\nmethod = \"none\"\naccept_data_loss = true\n", "[fencing]\nmethod = \"sbd\"\nlun = 2\n",
            "[fencing]\nmethod = \"sbd\"\nwwid = \"0x6001405000000002\"\n",
        ],
        ["", "[vm]\nname = \"shop\"\nsource = \"n2\"\n"],
        ["", "[address]\nip = \"192.0.2.200/24\"\n"],
        ["", "[failover]\n", "[failover]\nprobe = \"http://192.0.2.200/\"\n", "[failover]\nprobe = \"tcp:80\"\n"],
    ]

    private static var inventories: [String] {
        sections.reduce([start]) { texts, choices in texts.flatMap { text in choices.map { text + $0 } } }
    }

    private static func runbook() throws -> Runbook {
        let file = URL(filePath: #filePath).deletingLastPathComponent()
            .appending(path: "../../runbooks/ha-cluster/runbook.toml")
        return try Runbook(parsing: String(contentsOf: file, encoding: .utf8), file: "runbook.toml")
    }

    /// The steps that each part of an inventory asks for.
    private static func steps(of text: String) -> [String] {
        let parts = [
            ("install = \"all\"", ["desktop/packages", "desktop/reboot"]), ("[iscsi]", ["storage/login"]),
            ("[storage]", ["storage/lun", "storage/format", "resources/configuration", "constraints/simulation"]),
            ("\"sbd\"", ["fencing/watchdog", "fencing/lun", "fencing/header", "fencing/device", "fencing/proof"]),
            ("\"none\"\naccept", ["fencing/device"]),
            ("[vm]", ["packages/hypervisor", "resources/disk", "resources/definition"]),
            ("[failover]", ["failover/planned-move"]),
        ]
        return ["preflight/host", "cluster/setup", "cluster/start"]
            + parts.filter { text.contains($0.0) }.flatMap(\.1)
    }

    @Test("each either plans all that it asks for, or is refused at a place in the inventory")
    func matrix() throws {
        let runbook = try Self.runbook()
        var planned = 0
        for text in Self.inventories {
            do {
                let fleet = try Inventories.fleet(text)
                try fleet.requireCluster()
                let plan = try Planner.plan(runbook, for: fleet)
                planned += 1
                let steps = Set(plan.stages.flatMap(\.steps).map(\.id.description))
                #expect(Set(Self.steps(of: text)).subtracting(steps) == [], "\(text)")
            } catch let error as DiagnosticError {
                for diagnostic in error.diagnostics {
                    #expect(diagnostic.location.file == "inventory.toml", "\(diagnostic)\n\(text)")
                }
            }
        }
        #expect(planned > 100, "most of what a cluster can do without is left out somewhere")
    }

    @Test("what the inventory says of the disk's reading and protection reaches the step that formats")
    func formatting() throws {
        func step(_ storage: String) throws -> String {
            let text =
                Self.start + Self.sections[1][1] + Self.sections[3][2] + "[storage]\nlun = 1\nmount = \"/mnt/d\"\n"
            let plan = try Planner.plan(Self.runbook(), for: Inventories.fleet(text + storage))
            let step = try #require(plan.stages.flatMap(\.steps).first { $0.kind == "fs.make" })
            return "\(step.action.summary) \(String(reflecting: step.action))"
        }
        let plain = try step("")
        #expect(plain.contains("readLimit: \(1 << 40)") && plain.contains("protection: nil"))
        let said = try step("read_limit = \"500GiB\"\nmmp = false\nformat = \"force:0x6001405000000001\"\n")
        #expect(said.contains("readLimit: \(500 << 30)") && said.contains("protection: Optional(false)"))
        #expect(said.contains("whatever data without a signature 0x6001405000000001 holds"))
    }

    @Test("the least that a cluster takes is two nodes, its name and a word on fencing")
    func least() throws {
        let plan = try Planner.plan(
            Self.runbook(),
            for: Inventories.fleet(Self.start + "[fencing]\nmethod = \"none\"\naccept_data_loss = true\n"))
        #expect(plan.stages.map(\.name) == ["preflight", "packages", "cluster", "fencing"])
    }
}
