import Actions
import Crypto
import Foundation
import Planning
import Runbooks
import Steps
import Testing
import Transport

@Suite("The runbooks that come with harun")
struct ShippedRunbookTests {
    private static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent().appendingPathComponent("runbooks").path

    static var names: [String] {
        (try? FileManager.default.contentsOfDirectory(atPath: folder))?.sorted() ?? []
    }

    private static func text(_ name: String) throws -> String {
        try String(contentsOfFile: "\(folder)/\(name)/runbook.toml", encoding: .utf8)
    }

    /// The actions that a runbook names and the catalogue does not have yet.
    static func missingActions(_ name: String) -> [String] {
        guard let text = try? text(name), let runbook = try? Runbook(parsing: text, file: name) else { return [] }
        let named = Set(runbook.stages.flatMap(\.steps).map(\.action))
        return named.subtracting(ActionCatalog.kinds).sorted()
    }

    @Test("every runbook parses and bears its folder's name", arguments: names)
    func parses(name: String) throws {
        let runbook = try Runbook(parsing: Self.text(name), file: "runbooks/\(name)/runbook.toml")
        #expect(runbook.name == name)
        #expect(!runbook.summary.isEmpty)
        #expect(runbook.stages.allSatisfy { !$0.summary.isEmpty })
    }

    @Test("the program that sudo-wrapper installs is the file beside it, whole and by its checksum")
    func wrapper() throws {
        let file = "\(Self.folder)/sudo-wrapper/harun-root"
        let program = try String(contentsOfFile: file, encoding: .utf8)
        #expect(program.contains("\n\(DiskSync.function)\n"), "the one way to bring files to the disk")
        let sum = SHA256.hash(data: Data(program.utf8)).map { String(format: "%02x", $0) }.joined()
        let plan = try Inventories.plan(Self.text("sudo-wrapper"), Inventories.whole)
        let step = try #require(plan.stages.first?.steps.first)
        let node = try #require(plan.nodes.first)
        let apply = try #require(step.action.apply(node, [:])).text
        #expect(apply.contains("<<'END OF harun-root'\n\(program)END OF harun-root\n"))
        for script in [apply, step.action.probe(node).text, try #require(step.action.undo(node)).text] {
            #expect(script.contains("\nsum=\(sum)\n"))
        }
    }

    @Test("the guide's stages are there in the guide's order")
    func stages() throws {
        let runbook = try Runbook(parsing: Self.text("ha-cluster"), file: "ha-cluster")
        #expect(
            runbook.stages.map(\.name) == [
                "preflight", "desktop", "packages", "storage", "cluster", "fencing", "resources", "constraints",
                "failover",
            ])
    }

    @Test(
        "the cluster's runbook plans against a whole inventory, with every stage",
        .enabled(
            if: missingActions("ha-cluster").isEmpty,
            "the catalogue does not have all of its actions yet: \(missingActions("ha-cluster"))"))
    func plans() throws {
        let plan = try Inventories.plan(Self.text("ha-cluster"), Inventories.whole)
        #expect(plan.stages.count == 9)
        #expect(plan.subject == "opencart_cluster")
        let steps = plan.stages.flatMap(\.steps)
        #expect(steps.allSatisfy { !$0.action.summary.isEmpty })
        // What may overwrite data says so, and nothing of it can be taken back silently.
        let destructive = steps.filter { $0.action.stepClass == .destructive }
        #expect(destructive.contains { $0.id.description == "storage/format" })
        for step in destructive { #expect(step.action.undo != .nothing, "\(step.id)") }
        // The fleet has one formatter.
        #expect(steps.first { $0.kind == "fs.make" }?.nodes(active: nil) == ["nodo1"])
    }

    @Test("the guards are there before the packages whose daemons start at once")
    func guards() throws {
        let packages = try #require(
            try Inventories.plan(Self.text("ha-cluster"), Inventories.whole).stages.first { $0.name == "packages" })
        let kinds = packages.steps.map(\.kind)
        let guardIndex = try #require(kinds.firstIndex(of: "oom.guard"))
        #expect(try guardIndex < #require(kinds.firstIndex(of: "apt.install")))
        #expect(packages.steps[guardIndex].nodes(active: nil) == ["nodo1", "nodo2"])
    }

    @Test(
        "one transaction brings the packages of every stage of the run, without recommended ones, and no more than that"
    )
    func transaction() throws {
        let plan = try Inventories.plan(Self.text("ha-cluster"), Inventories.whole)
        func brought(_ plan: Plan) -> String? {
            plan.stages.flatMap(\.steps).first { $0.id.description == "packages/cluster" }?.action.summary
        }
        let whole = try #require(brought(plan.narrowed(from: nil, to: nil)))
        for name in ["corosync", "open-iscsi", "sbd", "fence-agents-sbd|fence-agents", "libvirt-clients"] {
            #expect(whole.contains(" \(name)"), "\(name): \(whole)")
        }
        #expect(!whole.contains("virt-manager"))
        let part = try #require(brought(plan.narrowed(from: nil, to: "packages")))
        #expect(part.contains(" sbd") && !part.contains("open-iscsi"))
    }

    @Test(
        "an inventory without a part leaves that part's steps out",
        .enabled(
            if: missingActions("ha-cluster").isEmpty,
            "the catalogue does not have all of its actions yet: \(missingActions("ha-cluster"))"))
    func leavesOut() throws {
        let text = Inventories.whole.components(separatedBy: "[vm]")[0].replacing(
            "[desktop]\ninstall = [\"nodo1\"]\n", with: "")
        let plan = try Inventories.plan(Self.text("ha-cluster"), text)
        #expect(!plan.stages.contains { $0.name == "desktop" || $0.name == "failover" })
        #expect(!plan.stages.flatMap(\.steps).contains { $0.kind.hasPrefix("vm.") })
    }
}
