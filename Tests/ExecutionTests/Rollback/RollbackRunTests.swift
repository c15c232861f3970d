import Actions
import Foundation
import Journaling
import Planning
import Steps
import TestSupport
import Testing
import Transport

@testable import Execution

@Suite("Taking a run back on request")
struct RollbackRunTests {
    private let book = TOML.runbook(("one", [TOML.step("a"), TOML.step("b")]), ("two", [TOML.step("c")]))

    @Test("the journal tells it in order: rollback, undo, undone, end")
    func events() async throws {
        let scene = try Scene(book, nodes: ["n1"])
        let run = scene.nextRun
        _ = try await scene.run()
        let ending = try await scene.rollBack(run, to: "one")
        #expect(ending.lines() == ["rollback", "undo c n1", "undone c n1", "end"])
        #expect(ending.events.first?.to == "one")
        #expect(ending.events.first?.asked == true)
        #expect(ending.end?.result == .rolledBack)
        #expect(ending.end?.changed == 1)
        #expect(try await scene.journal.runs().first?.result == .rolledBack)
        #expect(scene.log("n1") == ["a", "b", "c", "undo-c"])
        #expect(try await scene.rollBack(run).lines(.undone) == ["undone b n1", "undone a n1"])
    }

    @Test("a run in mid-rollback is one without an end")
    func unfinished() async throws {
        let scene = try Scene(book, nodes: ["n1"])
        let run = scene.nextRun
        _ = try await scene.run()
        var event = Event(.rollback, run: run, time: Recorder.timestamp())
        event.asked = true
        try await scene.journal.append([event])
        #expect(try await scene.journal.runs().first?.result == nil)
    }

    @Test("an undo whose end nobody wrote down: the probe of a runbook's step decides whether it is done again")
    func openUndo() async throws {
        for wasDone in [true, false] {
            let scene = try Scene(book, nodes: ["n1"])
            let run = scene.nextRun
            _ = try await scene.run()
            var rollback = Event(.rollback, run: run, time: Recorder.timestamp())
            rollback.asked = true
            var undo = Event(.undo, run: run, time: Recorder.timestamp())
            undo.stage = "two"
            undo.step = StepID(stage: "two", step: "c")
            undo.node = "n1"
            try await scene.journal.append([rollback, undo])
            if wasDone { try FileManager.default.removeItem(atPath: scene.fleet.root(of: "n1") + "/c") }
            let ending = try await scene.rollBack(run)
            #expect(ending.result == .rolledBack)
            #expect(ending.lines(.undone).first == "undone c n1")
            #expect(scene.log("n1").contains("undo-c") == !wasDone)
        }
    }

    @Test("the undo of a step that failed half-way is not taken for done by a probe that found nothing before either")
    func openUndoOfHalf() async throws {
        let step = TOML.step(
            "c", apply: ": >\"$NODE_ROOT/half\"; false",
            undo: "echo undo-c >>\"$NODE_ROOT/log\"; rm -f \"$NODE_ROOT/half\"")
        let scene = try Scene(TOML.runbook(("one", [step])), nodes: ["n1"])
        let run = scene.nextRun
        _ = try await scene.run(onFailure: .stop)
        #expect(scene.fleet.has("half", on: "n1"))
        var undo = Event(.undo, run: run, time: Recorder.timestamp())
        undo.stage = "one"
        undo.step = StepID(stage: "one", step: "c")
        undo.node = "n1"
        undo.facts = ["attempt": "never-sent"]
        try await scene.journal.append([Event(.rollback, run: run, time: Recorder.timestamp()), undo])
        #expect(try await scene.rollBack(run).result == .rolledBack)
        #expect(!scene.fleet.has("half", on: "n1"))
        #expect(scene.log("n1") == ["undo-c"])
    }

    @Test("what was kept before the change must be what it was; otherwise the step stays, and why is said")
    func preImages() async throws {
        let apply = "mkdir -p \"$HARUN_STATE/pre\"; echo old >\"$HARUN_STATE/pre/conf\"; : >\"$NODE_ROOT/a\""
        for damage in ["", "echo x >>", "rm "] {
            let scene = try Scene(
                TOML.runbook(("one", [TOML.step("a", apply: apply), TOML.step("b")])), nodes: ["n1"])
            let run = scene.nextRun
            let done = try await scene.run()
            let hash = try #require(done.events.first { $0.event == .applied }?.facts?["pre-image.conf"])
            #expect(hash.count == 64)
            let file = scene.fleet.root(of: "n1") + "/var/lib/harun/runs/\(run)/one.a/pre/conf"
            if !damage.isEmpty { _ = try await SimulatedShell.run("\(damage) \(file)", in: scene.fleet.root(of: "n1")) }
            let ending = try await scene.rollBack(run)
            #expect(ending.result == (damage.isEmpty ? .rolledBack : .failed))
            #expect(ending.lines(.undone).contains("undone b n1"))
            #expect(scene.log("n1").contains("undo-a") == damage.isEmpty)
            if damage.isEmpty { continue }
            let kept = try #require(ending.events.first { $0.event == .kept })
            #expect(kept.message?.contains("is not what it was") == true)
        }
    }

    @Test("a failed step's pre-images are journaled too")
    func failedPreImages() async throws {
        let apply = "mkdir -p \"$HARUN_STATE/pre\"; echo old >\"$HARUN_STATE/pre/conf\"; exit 4"
        let scene = try Scene(TOML.runbook(("one", [TOML.step("a", apply: apply)])), nodes: ["n1"])
        let ending = try await scene.run()
        #expect(ending.events.first { $0.event == .failed }?.facts?["pre-image.conf"] != nil)
    }

    @Test(
        "so are those of work whose answer was lost, at once or by a later process", arguments: [false, true],
        [false, true])
    func lostPreImages(isLong: Bool, isResumed: Bool) async throws {
        let apply = "mkdir -p \"$HARUN_STATE/pre\"; echo old >\"$HARUN_STATE/pre/conf\"; : >\"$NODE_ROOT/a\""
        let scene = try Scene(
            TOML.runbook(("one", [TOML.step("a", class: "once", apply: apply, isLong: isLong)])), nodes: ["n1"])
        scene.fleet.plan(.lostAfter, on: "n1", at: .script("echo old"))
        if isResumed {
            scene.fleet.onArrival { node, command in
                if command.script.contains("echo old") { scene.fleet.makeUnreachable(node) }
            }
        }
        var ending = try await scene.run()
        if isResumed {
            #expect(ending.result == .unknown)
            scene.fleet.makeReachable("n1")
            ending = try await scene.resume()
        }
        #expect(ending.result == .done)
        #expect(ending.state.preImages.first?.value["conf"]?.count == 64)
    }

    @Test("a step that is done again after it was taken back keeps a pre-image of its own")
    func again() async throws {
        let scene = try Scene(
            TOML.runbook(
                (
                    "one",
                    [
                        TOML.step(
                            "a",
                            apply: """
                                mkdir -p "$HARUN_STATE/pre"
                                [ -e "$HARUN_STATE/pre/conf" ] || cp "$NODE_ROOT/conf" "$HARUN_STATE/pre/conf"
                                echo new >"$NODE_ROOT/conf"; : >"$NODE_ROOT/a"
                                """, undo: "cp \"$HARUN_STATE/pre/conf\" \"$NODE_ROOT/conf\"; rm -f \"$NODE_ROOT/a\"")
                    ]
                )), nodes: ["n1"])
        let run = scene.nextRun
        try scene.fleet.touch("conf", on: "n1")
        let conf = scene.fleet.root(of: "n1") + "/conf"
        try Scene.write("one\n", to: conf)
        _ = try await scene.run()
        _ = try await scene.rollBack(run)
        #expect(scene.fleet.lines(of: "conf", on: "n1") == ["one"])
        try Scene.write("two\n", to: conf)
        // The same run goes on, in the same folder on the node.
        let step = try #require(scene.plan.stages.first?.steps.first)
        let runner = NodeRunner(connections: scene.connections(), recorder: scene.recorder(run.text))
        let script = try #require(step.action.apply("n1", [:]))
        _ = try await runner.runAndProbe(step, script, on: "n1")
        #expect(scene.fleet.lines(of: "conf", on: "n1") == ["new"])
        let undo = try #require(step.action.undo("n1"))
        _ = try await runner.runAndProbe(step, undo, on: "n1", takingBack: [:])
        #expect(scene.fleet.lines(of: "conf", on: "n1") == ["two"])
    }

    @Test("a guard that refuses the undo keeps the step, and the others go on")
    func guarded() async throws {
        let scene = try Scene(
            TOML.runbook(("one", [TOML.step("a"), TOML.step("b", undo: "refuse 'somebody needs it'")])), nodes: ["n1"])
        let run = scene.nextRun
        _ = try await scene.run()
        let ending = try await scene.rollBack(run)
        #expect(ending.result == .failed)
        #expect(ending.events.first { $0.event == .kept }?.message == "somebody needs it")
        #expect(ending.lines(.undone) == ["undone a n1"])
        #expect(ending.end?.failed == 1)
    }

    @Test("what can never be taken back stays, and the rest counts as rolled back")
    func impossible() async throws {
        let scene = try Scene(TOML.runbook(("one", [TOML.step("a"), TOML.step("b", withUndo: false)])), nodes: ["n1"])
        let run = scene.nextRun
        _ = try await scene.run()
        let ending = try await scene.rollBack(run)
        #expect(ending.result == .rolledBack)
        #expect(ending.lines(.kept) == ["kept b n1"])
        #expect(ending.end?.skipped == 1)
        #expect(scene.fleet.has("b", on: "n1") && !scene.fleet.has("a", on: "n1"))
    }

    @Test("where a node cannot be reached or is held by somebody, nothing is done on any")
    func untouched() async throws {
        let scene = try Scene(book)
        let run = scene.nextRun
        _ = try await scene.run()
        let holder = Leases(Lease(run: RunID("other"), owner: "eva@lap"))
        let runner = NodeRunner(connections: scene.connections(), recorder: scene.recorder("other"))
        #expect(await holder.take(on: ["n2"], runner).isEmpty)
        let held = try await scene.rollBack(run, leases: Leases(Lease(run: run, owner: "ana@desk")))
        #expect(held.result == .refused && held.events.isEmpty)
        await holder.leave(["n2"], runner)
        scene.fleet.makeUnreachable("n3")
        #expect(try await scene.rollBack(run).result == .failed)
        for node in Scene.three { #expect(scene.log(node) == ["a", "b", "c"]) }
        scene.fleet.makeReachable("n3")
        #expect(try await scene.rollBack(run, leases: Leases(Lease(run: run, owner: "ana@desk"))).result == .rolledBack)
    }

    @Test("an interruption stops it between two steps, and it goes on when it is typed again")
    func interrupted() async throws {
        let scene = try Scene(book, nodes: ["n1"])
        let run = scene.nextRun
        _ = try await scene.run()
        let interruption = Interruption()
        let first = try await scene.rollBack(run, interruption: interruption) { event in
            if event.event == .undone { interruption.request() }
        }
        #expect(first.result == .interrupted)
        #expect(scene.log("n1") == ["a", "b", "c", "undo-c"])
        #expect(try await scene.rollBack(run).result == .rolledBack)
        #expect(scene.log("n1") == ["a", "b", "c", "undo-c", "undo-b", "undo-a"])
    }

    @Test("the preview says per node what will be done, in the order in which it is done")
    func plan() async throws {
        let scene = try Scene(
            TOML.runbook(("one", [TOML.step("a"), TOML.step("fleet")]), ("two", [TOML.step("c", withUndo: false)])),
            nodes: ["n1", "n2"], change: { $0.makeFleetWide("fleet") })
        let run = scene.nextRun
        _ = try await scene.run()
        let state = RunState(try await scene.journal.events(of: run))
        let plan = RollbackPlan(scene.plan.stages(behind: nil), state)
        #expect(plan.items.filter { $0.node == "n2" }.map(\.step.id.step) == ["c", "fleet", "a"])
        #expect(plan.waves.map(\.count) == [2, 2, 2])
        #expect(plan.items.first?.keptBecause == "the runbook gives no undo")
        #expect(RollbackPlan(scene.plan.stages(behind: "two"), state).isEmpty)
    }
}
