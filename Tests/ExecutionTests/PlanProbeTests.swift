import Actions
import Documents
import Execution
import Journaling
import Planning
import Steps
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

    @Test(
        "what a step asks from outside is asked at once, for each node, and an answer that nobody could have is no answer"
    )
    func outside() async throws {
        let scene = try Scene(TOML.runbook(("one", [TOML.step("a"), TOML.step("b")]))) { plan in
            plan.stages[0].steps[1].action = OutsideStep(base: plan.stages[0].steps[1].action)
        }
        for node in Scene.three { try scene.fleet.touch("b", on: node) }
        let recorder = Recorder(run: RunID("plan"), journal: scene.journal) { _ in }
        func verdicts(_ prober: any OutsideProber) async throws -> [NodeName: Verdict] {
            let probe = PlanProbe(
                scene.plan, connections: scene.connections(), recorder: recorder, prober: prober)
            return try await probe.rows(of: scene.plan.stages[0])[1].verdicts
        }
        let seen = try await verdicts(OneAnswer(host: "n2.example"))
        #expect(seen == ["n1": .refused("no"), "n2": .satisfied, "n3": .refused("no")])
        #expect(Set(try await verdicts(NoProber()).values) == [.failed("nobody asked")])
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

/// Asks each node by its name, and tells what was answered.
private struct OutsideStep: Action {
    static let kind = "test.outside"

    let base: any Action

    init(base: any Action) { self.base = base }
    init?(reading with: TableReader, peers: [Peer]) { nil }

    var summary: String { base.summary }
    var stepClass: StepClass { .pure }
    var undo: Undo { .nothing }
    var scope: Scope { .node }
    func probe(_ node: NodeName) -> Script { base.probe(node) }
    func apply(_ node: NodeName, _ observations: [NodeName: Observation]) -> Script? { nil }
    func outside(_ node: NodeName) -> [OutsideTarget] { [.icmp(host: "\(node).example")] }

    func judge(_ observations: [NodeName: Observation]) -> [NodeName: Verdict] {
        observations.reduce(into: [:]) { verdicts, entry in
            switch entry.value.answers(.icmp(host: "\(entry.key).example")) {
            case true?: verdicts[entry.key] = entry.value.verdict
            case false?: verdicts[entry.key] = .refused("no")
            case nil: verdicts[entry.key] = .failed("nobody asked")
            }
        }
    }
}

/// A world in which one host answers, and all the time that is given has passed.
private struct OneAnswer: OutsideProber, OutsideWatch {
    let host: String
    var timelines: [OutsideTimeline] = []
    var elapsed: Duration { .seconds(60) }

    func watch<T: Sendable>(
        _ targets: [OutsideTarget], every pause: Duration,
        during body: @Sendable (any OutsideWatch) async throws(ProcedureFailure) -> T
    ) async throws(ProcedureFailure) -> (result: T, timelines: [OutsideTimeline]) {
        var watch = self
        watch.timelines = targets.map { target in
            OutsideTimeline(target: target, samples: [.init(asked: .zero, isAnswered: target.host == host)])
        }
        return (try await body(watch), watch.timelines)
    }
}
