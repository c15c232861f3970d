import Actions
import Execution
import Journaling
import Planning
import TestSupport
import Testing
import Transport

@Suite("Looking without touching")
struct PlanProbeTests {
    @Test("a plan's probes give every node's verdict, change nothing and leave no event")
    func rows() async throws {
        let scene = try Scene(
            TOML.runbook(("one", [TOML.step("a"), TOML.step("b", on: "\"n2\""), TOML.step("c", probe: "exit 20")])))
        try scene.fleet.touch("a", on: "n1")
        let recorder = Recorder(run: RunID("plan"), journal: scene.journal) { _ in }
        let probe = PlanProbe(scene.plan, connections: scene.connections(), recorder: recorder)
        let rows = try await probe.rows(of: scene.plan.stages[0])
        #expect(rows.map(\.step.id.step) == ["a", "b", "c"])
        #expect(rows[0].verdicts["n1"] == .satisfied)
        #expect(rows[0].verdicts["n2"] == .needed("its probe says no"))
        #expect(Array(rows[1].verdicts.keys) == ["n2"])
        #expect(rows[2].verdicts["n3"]?.isObstacle == true)
        #expect(scene.commandCounts() == [1, 1, 1])
        for node in Scene.three { #expect(scene.log(node) == []) }
        #expect(try await scene.journal.runs() == [])
    }

    @Test("the first node that cannot be asked is named")
    func unreachable() async throws {
        let scene = try Scene(TOML.runbook(("one", [TOML.step("a")])))
        for node in ["n3", "n2"] as [NodeName] { scene.fleet.makeUnreachable(node) }
        let recorder = Recorder(run: RunID("plan"), journal: scene.journal) { _ in }
        let probe = PlanProbe(scene.plan, connections: scene.connections(), recorder: recorder)
        let failure = await #expect(throws: StepFailure.self) { try await probe.rows(of: scene.plan.stages[0]) }
        #expect(failure?.node == "n2")
        #expect(failure?.message == "cannot connect to 192.0.2.2: connection refused")
    }
}
