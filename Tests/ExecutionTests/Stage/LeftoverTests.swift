import Actions
import Documents
import Foundation
import Journaling
import Planning
import Steps
import TestSupport
import Testing
import Transport

@testable import Execution

/// A long step that reads a secret.
private struct SecretStep: Action {
    static let kind = "test.secret"
    static let canary = "canary-71c4"

    let base: any Action

    init(base: any Action) { self.base = base }
    init?(reading with: TableReader, peers: [Peer]) { nil }

    var summary: String { base.summary }
    var stepClass: StepClass { base.stepClass }
    var undo: Undo { base.undo }
    var scope: Scope { .node }
    func probe(_ node: NodeName) -> Script { base.probe(node) }
    func apply(_ node: NodeName, _ observations: [NodeName: Observation]) -> Script? {
        var script = base.apply(node, observations)
        script?.input = Array(Self.canary.utf8)
        script?.isLong = true
        return script
    }
}

@Suite("What a killed harun left on a node")
struct LeftoverTests {
    private static let key = RunState.Key(step: StepID(stage: "one", step: "a"), node: "n1")
    private static let slow = """
        echo begun >>"$NODE_ROOT/log"; : >"$NODE_ROOT/started"
        until [ -e "$NODE_ROOT/go" ]; do sleep 0.02; done
        echo finished; : >"$NODE_ROOT/a"
        """

    private let scene: Scene
    private let runner: NodeRunner

    init() async throws {
        scene = try Scene(TOML.runbook(("one", [TOML.step("a", apply: Self.slow, isLong: true)])), nodes: ["n1"])
        let recorder = Recorder(run: RunID("run-1"), journal: scene.journal) { _ in }
        var start = recorder.event(.start)
        start.inventory = "inventory.toml"
        runner = NodeRunner(connections: scene.connections(), recorder: recorder)
        var intent = recorder.event(.intent, step: Self.key.step, node: "n1")
        await runner.announce(script, in: &intent)
        try await recorder.record([start, intent])
    }

    private var step: PlannedStep { scene.plan.stages[0].steps[0] }
    private var script: Script? { step.action.apply("n1", [:]) }

    @Test("a command that still runs is waited for and begun no second time")
    func stillRuns() async throws {
        scene.fleet.plan(.lostOnce(file: "started"), on: "n1", at: .script("systemd-run"))
        scene.fleet.onArrival { [fleet = scene.fleet] node, _ in fleet.makeUnreachable(node) }
        let script = try #require(script)
        let killed = Task { [runner, step] in await runner.apply(step, ["n1": script]) }
        let deadline = ContinuousClock.now + .seconds(20)
        while !scene.fleet.has("started", on: "n1"), ContinuousClock.now < deadline { await Task.yield() }
        killed.cancel()
        _ = await killed.value
        scene.fleet.makeReachable("n1")
        scene.fleet.onArrival { [fleet = scene.fleet] node, _ in try? fleet.touch("go", on: node) }
        let attempts = await runner.awaitLeftovers(of: ["one"])
        guard case .done(_, "finished", _)? = attempts[Self.key] else {
            Issue.record("\(attempts)")
            return
        }
        #expect(scene.log("n1") == ["begun"])
        #expect(scene.fleet.units.requests.count == 1)
    }

    @Test("a command that never reached its node is kept from ever beginning")
    func never() async throws {
        let attempts = await runner.awaitLeftovers(of: ["one"])
        guard case .failed(let failure)? = attempts[Self.key] else {
            Issue.record("\(attempts)")
            return
        }
        #expect(failure.message == "it was not begun: harun ended before it was started")
        // The old harun's request arrives after all.
        let late = await runner.apply(step, ["n1": try #require(script)])
        guard case .failed? = late["n1"] else {
            Issue.record("\(late)")
            return
        }
        #expect(scene.log("n1") == [])
        #expect(!scene.fleet.has("started", on: "n1"))
    }

    @Test("a node without anything left costs no command")
    func nothing() async throws {
        #expect(await runner.awaitLeftovers(of: ["two"]).isEmpty)
        #expect(scene.fleet.commands(on: "n1").isEmpty)
    }
}

@Suite("Secrets of long commands")
struct LongSecretTests {
    @Test(
        "a secret reaches the command once, through a file in memory that is gone before the work begins",
        arguments: [nil, SimulatedFleet.Fault.lostOnce(file: "secret")])
    func secret(fault: SimulatedFleet.Fault?) async throws {
        let scene = try Scene(
            TOML.runbook(
                (
                    "one",
                    [
                        TOML.step(
                            "a",
                            apply:
                                "ls \"$NODE_ROOT/run\"/harun >\"$NODE_ROOT/left\"; cat >\"$NODE_ROOT/secret\"; : >\"$NODE_ROOT/a\""
                        )
                    ]
                )), nodes: ["n1"],
            change: { $0.stages[0].steps[0].action = SecretStep(base: $0.stages[0].steps[0].action) })
        if let fault { scene.fleet.plan(fault, on: "n1", at: .script("systemd-run")) }
        let ending = try await scene.run()
        #expect(ending.result == .done, "\(ending.failures)")
        #expect(scene.fleet.lines(of: "secret", on: "n1") == [SecretStep.canary])
        #expect(scene.fleet.lines(of: "left", on: "n1") == [])
        for command in scene.fleet.commands(on: "n1") { #expect(!command.script.contains(SecretStep.canary)) }
        #expect(!ending.events.map { "\($0)" }.joined().contains(SecretStep.canary))
        let job = "var/lib/harun/runs/run-1/one.a/1"
        let files = try FileManager.default.contentsOfDirectory(atPath: scene.fleet.root(of: "n1") + "/" + job)
        #expect(files.count >= 5)
        for file in files { #expect(!scene.fleet.lines(of: job + "/" + file, on: "n1").contains(SecretStep.canary)) }
    }
}
