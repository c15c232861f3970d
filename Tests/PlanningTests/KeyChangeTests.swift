import Documents
import Foundation
import Inventory
import Planning
import Runbooks
import Steps
import Testing
import Transport

/// Every key that the inventory's reader knows, changed to another valid value.
///
/// Which steps of the runbook are planned otherwise by it is recorded in `scripts/lib/keys.tsv`, which `scripts/e2e-keys`
/// goes through on a laboratory: so no key can be added without somebody saying what its change does to a cluster that runs.
@Suite("Changed keys of an inventory")
struct KeyChangeTests {
    private struct Change {
        var key: String
        var settings: [String]
        var steps: String
        var deploy: String
        var why: String
    }

    private static let root = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../..")
    private static let table = root.appending(path: "scripts/lib/keys.tsv")

    private static let base = """
        [cluster]
        name = "lab"
        start_at_boot = true

        [ssh]
        user = "root"

        [[node]]
        name = "nodo1"
        address = "10.77.0.11"
        links = ["10.77.1.11"]

        [[node]]
        name = "nodo2"
        address = "10.77.0.12"
        links = ["10.77.1.12"]

        [desktop]
        install = ["nodo1"]

        [iscsi]
        portal = "10.77.2.20:3260"
        target = "iqn.2024-12.lab.storage:ha"
        chap = { user = "harun", password = { env = "HARUN_CHAP" } }

        [storage]
        lun = 1
        mount = "/mnt/shared_storage"
        format = "if-empty"

        [fencing]
        method = "sbd"
        lun = 2

        [vm]
        name = "opencart"
        source = "nodo1"

        [address]
        ip = "10.77.1.200/24"
        interface = "br0"

        [failover]
        budget = "3m"
        probe = "http://10.77.1.50/"

        """

    private static let surroundings = Surroundings(home: "/home/operator", directory: "/home/operator") { _ in nil }

    private static func changes() throws -> [Change] {
        try String(contentsOf: table, encoding: .utf8).split(separator: "\n").filter { !$0.hasPrefix("#") }.map {
            line in
            let cells = line.split(separator: "\t", omittingEmptySubsequences: false).map(String.init)
            try #require(cells.count == 5, "\(line)")
            return Change(
                key: cells[0], settings: cells[1].components(separatedBy: " ;; "), steps: cells[2], deploy: cells[3],
                why: cells[4])
        }
    }

    /// The base inventory with `section.key = value` in it, in the first table of that name.
    private static func changed(_ settings: [String]) throws -> String {
        var lines = base.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        for setting in settings {
            let dot = try #require(setting.firstIndex(of: "."))
            let equals = try #require(setting.firstIndex(of: "="))
            let section = setting[..<dot]
            let key = setting[setting.index(after: dot)..<equals].trimmingCharacters(in: .whitespaces)
            let value = setting[setting.index(after: equals)...].trimmingCharacters(in: .whitespaces)
            let start = try #require(lines.firstIndex { $0 == "[\(section)]" || $0 == "[[\(section)]]" }, "\(section)")
            let end = lines[(start + 1)...].firstIndex { $0.hasPrefix("[") } ?? lines.count
            if let place = lines[start..<end].firstIndex(where: { $0.hasPrefix("\(key) =") }) {
                lines.remove(at: place)
            }
            if !value.isEmpty { lines.insert("\(key) = \(value)", at: start + 1) }
        }
        return lines.joined(separator: "\n")
    }

    private static func plan(_ text: String) throws -> Plan {
        let file = root.appending(path: "runbooks/ha-cluster/runbook.toml")
        let runbook = try Runbook(parsing: String(contentsOf: file, encoding: .utf8), file: "runbook.toml")
        return try Planner.plan(runbook, for: Fleet.parse(text, file: "inventory.toml", in: surroundings))
    }

    /// All that a step asks of its nodes, and where.
    private static func questions(_ plan: Plan) -> [String: [String]] {
        plan.stages.flatMap(\.steps).reduce(into: [:]) { questions, step in
            // These two have new random keys each time they are made.
            let isRandom = ["cluster.setup", "pcs.auth"].contains(step.kind)
            let settings = isRandom ? "\(plan.peers)" : String(reflecting: step.action)
            questions["\(step.id)"] =
                [step.action.summary, "\(step.target)", settings] + plan.nodes.map { step.action.probe($0).text }
        }
    }

    @Test("every key of the reader has its line, and every line a key")
    func complete() throws {
        let text = Self.base.replacing("user = \"root\"", with: "user = \"root\"\npassphrase = { env = \"C\" }")
        let known = try Fleet.keys(readIn: text, in: Self.surroundings)
        let keys = Set(
            known.flatMap { title, keys in
                let name = title == "the inventory" ? "inventory" : title.filter { !"[]`".contains($0) }
                return keys.map { "\(name).\($0)" }
            })
        let lines = try Self.changes().map(\.key)
        #expect(Set(lines).count == lines.count, "a key has two lines")
        #expect(keys.subtracting(lines).sorted() == [], "say in scripts/lib/keys.tsv what a change of these does")
        #expect(Set(lines).subtracting(keys).sorted() == [], "the reader does not know these any more")
    }

    @Test("what a change plans otherwise is what the table says, and a change without effect has its reason there")
    func effects() throws {
        let before = Self.questions(try Self.plan(Self.base))
        var recorded: [String: String] = [:]
        for change in try Self.changes() {
            #expect(!change.why.isEmpty, "\(change.key)")
            #expect(
                ["converges", "outage", "refused", "none", "invalid"].contains(change.deploy), "\(change.key)")
            let text = try Self.changed(change.settings)
            if change.deploy == "invalid" {
                let isSame = change.settings == ["storage.filesystem = \"ext4\""]
                if !isSame { #expect(throws: DiagnosticError.self, "\(change.key)") { try Self.plan(text) } }
                continue
            }
            let after = Self.questions(try Self.plan(text))
            let steps = Set(before.keys).union(after.keys).filter { before[$0] != after[$0] }.sorted()
            let found = steps.isEmpty ? "-" : steps.joined(separator: " ")
            recorded[change.key] = found
            if ProcessInfo.processInfo.environment["UPDATE_GOLDEN"] == "1" { continue }
            #expect(found == change.steps, "\(change.key): \(change.settings)")
            // What no step would see cannot be carried out or refused by a deploy.
            if change.deploy == "converges" || change.deploy == "outage" || change.deploy == "refused" {
                #expect(found != "-", "\(change.key)")
            }
        }
        guard ProcessInfo.processInfo.environment["UPDATE_GOLDEN"] == "1" else { return }
        let lines = try String(contentsOf: Self.table, encoding: .utf8).split(separator: "\n").map { line in
            var cells = line.split(separator: "\t", omittingEmptySubsequences: false).map(String.init)
            if cells.count == 5, let steps = recorded[cells[0]] { cells[2] = steps }
            return cells.joined(separator: "\t")
        }
        try (lines.joined(separator: "\n") + "\n").write(to: Self.table, atomically: true, encoding: .utf8)
    }
}
