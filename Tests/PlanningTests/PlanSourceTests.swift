import Foundation
import Inventory
import Planning
import Testing
import Transport

@Suite("What a plan is made of")
struct PlanSourceTests {
    private static let inventory = """
        [[node]]
        name = "n1"
        address = "192.0.2.1"
        [[node]]
        name = "n2"
        address = "192.0.2.2"
        """

    private static func stage(_ name: String, _ action: String = "shell", _ with: String = "apply = 'true'") -> String {
        "[[stage]]\nname = \"\(name)\"\n[[stage.step]]\nid = \"a\"\naction = \"\(action)\"\n[stage.step.with]\n\(with)\n"
    }

    private static func source(_ stages: String..., from: String? = nil, limit: String? = nil) -> PlanSource {
        PlanSource(
            inventory: "/etc/harun/inventory.toml", inventoryText: inventory, runbook: "/etc/harun/runbook.toml",
            runbookText: "[runbook]\nname = \"test\"\n" + stages.joined(separator: "\n"), from: from, limit: limit)
    }

    private static let surroundings = Surroundings(home: "/root", directory: "/etc/harun") { _ in nil }

    @Test("the very same plan is made of it again, also after a way through JSON")
    func again() throws {
        let source = Self.source(Self.stage("one"), Self.stage("two"), Self.stage("three"), from: "two")
        let first = PlanSummary(try source.plan(in: Self.surroundings).plan)
        let read = try JSONDecoder().decode(PlanSource.self, from: JSONEncoder().encode(source))
        #expect(read == source)
        #expect(PlanSummary(try read.plan(in: Self.surroundings).plan) == first)
        #expect(first.stages.map(\.name) == ["two", "three"])
    }

    @Test("a limited plan touches the chosen nodes only")
    func limit() throws {
        let plan = try Self.source(Self.stage("one"), limit: "n2").plan(in: Self.surroundings).plan
        #expect(plan.nodes == ["n2"])
        #expect(plan.stages.first?.steps.first?.nodes(active: nil) == ["n2"])
        let whole = try Self.source(Self.stage("one"), limit: "n1,n2").plan(in: Self.surroundings).plan
        #expect(whole.nodes == ["n1", "n2"])
    }

    @Test("a step that needs every node forbids a limit, and so does a node that is not there")
    func forbiddenLimit() throws {
        let barrier = Self.stage(
            "one", "fs.make",
            "cluster = \"shop\"\nlun = 1\nportal = \"10.0.0.5\"\ntarget = \"iqn.2005-10.org.example:ha\"")
        let error = #expect(throws: PlanSourceError.self) {
            try Self.source(barrier, limit: "n1").plan(in: Self.surroundings)
        }
        #expect(error?.description.hasPrefix("step one/a needs every node") == true, "\(String(describing: error))")
        let unknown = #expect(throws: PlanSourceError.self) {
            try Self.source(Self.stage("one"), limit: "n7").plan(in: Self.surroundings)
        }
        guard case .limit? = unknown else { return #expect(Bool(false), "\(String(describing: unknown))") }
    }
}
