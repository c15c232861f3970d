import Actions
import Execution
import Journaling
import Planning
import Steps
import TestSupport
import Testing
import Transport

@Suite("Asking for the status")
struct StatusProbeTests {
    private let runbook = """
        [runbook]
        name = "test"
        [[stage]]
        name = "cluster"
        [[stage.step]]
        id = "file"
        action = "shell"
        with = { apply = "touch \\"$ROOT/never\\"", probe = "needed 'never'" }
        [[stage.step]]
        id = "start"
        action = "cluster.start"
        with = { cluster = "c" }

        """

    private func answer(_ scene: Scene) async -> StatusProbe.Answer {
        let screen = Script("fact iscsi none; crm_mon -1 --output-as=xml 2>/dev/null | blob status; satisfied")
        return await StatusProbe(
            scene.plan, watching: [ClusterStartAction.kind], screen: screen, connections: scene.connections()
        ).answer()
    }

    @Test("every node is asked once, for its own words and for the steps that are watched, and nothing is written")
    func once() async throws {
        let scene = try Scene(runbook)
        let answer = await answer(scene)
        #expect(Set(answer.nodes.keys) == Set(Scene.three))
        for screen in answer.nodes.values { #expect(try screen.get().facts["iscsi"] == "none") }
        #expect(answer.rows.map(\.step.id.step) == ["start"])
        #expect(Set(answer.rows[0].verdicts.keys) == Set(Scene.three))
        #expect(answer.rows[0].verdicts.values.allSatisfy { $0 != .satisfied })
        #expect(scene.commandCounts() == [1, 1, 1])
        #expect(try await scene.journal.runs(limit: 10).isEmpty)
        for node in Scene.three {
            let words = scene.fleet.commands(on: node).map { $0.script.ranges(of: PacemakerStatus.question.text).count }
            #expect(words == [1], "both the status and the step ask Pacemaker")
        }
    }

    @Test("a node that cannot be asked has its reason, and no judgement of all nodes is made up without it")
    func away() async throws {
        let scene = try Scene(runbook)
        scene.fleet.makeUnreachable("n2")
        let answer = await answer(scene)
        #expect(answer.nodes.filter { (try? $0.value.get()) == nil }.map(\.key) == ["n2"])
        #expect(answer.rows[0].verdicts == [:])
    }
}
