import Execution
import Journaling
import Planning
import TestSupport
import Testing
import Transport

@Suite("Taking a failed stage back")
struct RollbackTests {
    private let failing = TOML.step("c", apply: "[ $NODE_NAME != n2 ]; : >\"$NODE_ROOT/c\"")

    @Test("a failed stage is taken back in reverse of what happened on each node")
    func reverse() async throws {
        let scene = try Scene(
            TOML.runbook(
                ("zero", [TOML.step("z")]), ("one", [TOML.step("a"), TOML.step("b"), TOML.step("fleet"), failing])),
            change: { $0.makeFleetWide("fleet") })
        let ending = try await scene.run()
        #expect(ending.result == .rolledBack)
        #expect(ending.result.exitCode == 2)
        for node in Scene.three {
            let log = scene.log(node)
            let done = log.filter { !$0.hasPrefix("undo-") }
            let undone = log.filter { $0.hasPrefix("undo-") }.map { String($0.dropFirst(5)) }
            #expect(done == ["z", "a", "b", "fleet"], "the checkpoint before it holds")
            // A step whose work failed may have done a part of it, so it is taken back as well.
            #expect(undone.filter { $0 != "c" } == ["fleet", "b", "a"])
            #expect(scene.fleet.has("z", on: node))
            for file in ["a", "b", "c", "fleet"] { #expect(!scene.fleet.has(file, on: node)) }
        }
        #expect(ending.end?.changed == 3)
        #expect(ending.end?.failed == 1)
        #expect(ending.state.checkpoints == ["zero"])
    }

    @Test("what was true before the run is not taken back")
    func onlyOwnWork() async throws {
        let scene = try Scene(TOML.runbook(("one", [TOML.step("a"), failing])))
        try scene.fleet.touch("a", on: "n1")
        #expect(try await scene.run().result == .rolledBack)
        #expect(scene.fleet.has("a", on: "n1"))
        #expect(!scene.fleet.has("a", on: "n2"))
    }

    @Test("a failing undo does not stop the others")
    func failingUndo() async throws {
        let scene = try Scene(
            TOML.runbook(("one", [TOML.step("a"), TOML.step("b", undo: "echo cannot; exit 5"), failing])))
        let ending = try await scene.run()
        #expect(ending.result == .failed)
        #expect(ending.lines(.undoFailed).allSatisfy { $0.hasPrefix("undo-failed b") })
        #expect(!ending.lines(.undoFailed).isEmpty)
        for node in Scene.three { #expect(!scene.fleet.has("a", on: node)) }
        let event = try #require(ending.events.first { $0.event == .undoFailed })
        #expect(event.message == "taking it back failed: exit code 5")
        #expect(event.output == "cannot")
        #expect(event.outcome == "exit code 5")
    }

    @Test("an exact undo after which the step is still true has failed; one of best effort says so")
    func undoWithoutEffect() async throws {
        for isExact in [true, false] {
            let scene = try Scene(
                TOML.runbook(("one", [TOML.step("a", undo: "true"), TOML.step("b", apply: "false")])), nodes: ["n1"],
                change: { if isExact { $0.stages[0].steps[0].action = ExactStep(base: $0.stages[0].steps[0].action) } })
            let ending = try await scene.run()
            #expect(ending.result == (isExact ? .failed : .rolledBack))
            let event = try #require(ending.events.last { $0.step?.step == "a" })
            #expect(event.event == (isExact ? .undoFailed : .undone))
            #expect(event.message == "it was taken back, but its probe still finds it")
        }
    }

    @Test("a step of the whole fleet that all nodes still find true behind its undo says so")
    func fleetUndoWithoutEffect() async throws {
        let scene = try Scene(
            TOML.runbook(("one", [TOML.step("a", undo: "true"), TOML.step("b", apply: "false")])), nodes: ["n1", "n2"],
            change: { $0.makeFleetWide("a") })
        let ending = try await scene.run()
        let events = ending.events.filter { $0.event == .undone && $0.step?.step == "a" }
        #expect(events.count == 2)
        #expect(events.allSatisfy { $0.message == "it was taken back, but its probe still finds it" })
    }

    @Test("a step that cannot be taken back is kept, and said so")
    func kept() async throws {
        let scene = try Scene(
            TOML.runbook(("one", [TOML.step("a", withUndo: false), TOML.step("b"), TOML.step("c", apply: "false")])),
            nodes: ["n1"])
        let ending = try await scene.run()
        #expect(ending.result == .failed)
        #expect(ending.lines(.kept) == ["kept c n1", "kept a n1"] || ending.lines(.kept) == ["kept a n1"])
        #expect(ending.lines(.undone).contains("undone b n1"))
        #expect(scene.fleet.has("a", on: "n1"))
        #expect(ending.events.first { $0.event == .kept }?.message == "the runbook gives no undo")
        #expect(ending.end?.changed == 1)
    }

    @Test("a step that failed and cannot be taken back was never done: once mended it is begun again, unasked")
    func failedAndKept() async throws {
        let step = TOML.step(
            "a", class: "once", apply: "[ -e \"$NODE_ROOT/mended\" ]; : >\"$NODE_ROOT/a\"", withUndo: false)
        let scene = try Scene(TOML.runbook(("one", [step])), nodes: ["n1"])
        #expect(try await scene.run().lines(.kept) == ["kept a n1"])
        try scene.fleet.touch("mended", on: "n1")
        let ending = try await scene.resume()
        #expect(ending.result == .done)
        #expect(ending.lines(.drift) == [])
    }

    @Test("where a step of the whole fleet fails on one node, no node is left without an outcome")
    func fleetOutcomes() async throws {
        let apply = "[ $NODE_NAME != n2 ]; : >\"$NODE_ROOT/a\""
        let scene = try Scene(
            TOML.runbook(("one", [TOML.step("a", apply: apply)])), change: { $0.makeFleetWide("a") })
        let ending = try await scene.run(onFailure: .stop)
        #expect(ending.failures.map(\.node) == ["n2"])
        #expect(ending.state.open == [])
        #expect(ending.lines(.failed).sorted() == ["failed a n1", "failed a n2", "failed a n3"])
    }

    @Test("with --on-failure stop everything stays as it failed")
    func stop() async throws {
        let scene = try Scene(TOML.runbook(("one", [TOML.step("a"), TOML.step("b", apply: "false")])), nodes: ["n1"])
        let ending = try await scene.run(onFailure: .stop)
        #expect(ending.result == .failed)
        #expect(ending.lines(.undo, .undone, .kept) == [])
        #expect(scene.fleet.has("a", on: "n1"))
    }

    @Test("a later stage is not begun")
    func laterStages() async throws {
        let scene = try Scene(TOML.runbook(("one", [TOML.step("c", apply: "false")]), ("two", [TOML.step("d")])))
        #expect(try await scene.run().result == .rolledBack)
        for node in Scene.three { #expect(!scene.log(node).contains("d")) }
    }

    @Test("the undo script finds what its apply script saved")
    func savedState() async throws {
        let scene = try Scene(
            TOML.runbook(
                (
                    "one",
                    [
                        TOML.step(
                            "a",
                            apply:
                                "cp \"$NODE_ROOT/conf\" \"$HARUN_STATE/conf\"; echo new >\"$NODE_ROOT/conf\"; : >\"$NODE_ROOT/a\"",
                            undo: "cp \"$HARUN_STATE/conf\" \"$NODE_ROOT/conf\"; rm \"$NODE_ROOT/a\""),
                        TOML.step("b", apply: "false"),
                    ]
                )), nodes: ["n1"])
        try scene.fleet.touch("log", on: "n1")
        try Scene.write("old\n", to: scene.fleet.root(of: "n1") + "/conf")
        #expect(try await scene.run().result == .rolledBack)
        #expect(scene.fleet.lines(of: "conf", on: "n1") == ["old"])
    }

    @Test("an undo whose connection was lost is looked at over a new one, and the others go on")
    func lostUndo() async throws {
        let scene = try Scene(
            TOML.runbook(("one", [TOML.step("a"), TOML.step("b"), TOML.step("c", apply: "false")])), nodes: ["n1"])
        scene.fleet.plan(.lostAfter, on: "n1", at: .script("echo undo-b"))
        let ending = try await scene.run()
        #expect(ending.result == .rolledBack)
        #expect(ending.lines(.undone).suffix(2) == ["undone b n1", "undone a n1"])
        #expect(scene.log("n1").filter { $0 == "undo-b" }.count == 1, "its probe proves that it was done")
    }
}
