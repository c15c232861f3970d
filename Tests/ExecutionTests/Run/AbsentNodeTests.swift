import Journaling
import Planning
import TestSupport
import Testing
import Transport

@testable import Execution

@Suite("A run without a node that does not answer")
struct AbsentNodeTests {
    private let book = TOML.runbook(
        ("one", [TOML.step("a"), TOML.step("all"), TOML.step("b")]), ("two", [TOML.step("c"), TOML.step("d")]))

    private func key(_ stage: String, _ step: String, _ node: NodeName) -> RunState.Key {
        RunState.Key(step: StepID(stage: stage, step: step), node: node)
    }

    @Test(
        "a rollback takes the others back, tells what waits, and typed again finishes exactly that",
        arguments: [false, true])
    func rollback(isFleetWide: Bool) async throws {
        let scene = try Scene(book) { if isFleetWide { $0.makeFleetWide("all") } }
        let run = scene.nextRun
        #expect(try await scene.run().result == .done)
        let lease = { Leases(Lease(run: run, owner: "ana@desk")) }
        scene.fleet.makeUnreachable("n3")
        #expect(try await scene.rollBack(run, leases: lease()).result == .failed)
        #expect(scene.log("n1") == ["a", "all", "b", "c", "d"], "without being told nothing is done around it")
        let around = try await scene.rollBack(run, leases: lease(), without: ["n3"])
        #expect(around.result == .failed, "not everything was taken back")
        #expect(around.lines(.absent) == ["absent n3"])
        #expect(around.end?.failed == 5)
        for node in ["n1", "n2"] as [NodeName] {
            #expect(scene.log(node) == ["a", "all", "b", "c", "d", "undo-d", "undo-c", "undo-b", "undo-all", "undo-a"])
        }
        let state = RunState(try await scene.journal.events(of: run))
        #expect(state.leftOut == ["n3"])
        #expect(Set(state.touched.map(\.node)) == ["n3"])
        // As often as it is typed, it is the same.
        #expect(try await scene.rollBack(run, leases: lease(), without: ["n3"]).lines(.undo) == [])
        scene.fleet.makeReachable("n3")
        let rest = try await scene.rollBack(run, leases: lease())
        #expect(rest.result == .rolledBack)
        #expect(rest.lines(.undone).allSatisfy { $0.hasSuffix(" n3") } && rest.lines(.undone).count == 5)
        let end = RunState(try await scene.journal.events(of: run))
        #expect(end.leftOut == [] && end.touched == [] && end.rollback == nil)
        for node in Scene.three { #expect(scene.log(node).count { $0.hasPrefix("undo") } == 5) }
    }

    @Test("a node that answers is not left out")
    func answers() async throws {
        let scene = try Scene(book)
        let run = scene.nextRun
        _ = try await scene.run()
        let ending = try await scene.rollBack(run, without: ["n3"])
        #expect(ending.result == .refused && ending.events.isEmpty)
        #expect(ending.failures.first?.message.hasPrefix("it answers, so it is not left out") == true)
        #expect(scene.log("n1").count { $0.hasPrefix("undo") } == 0)
    }

    @Test("a long command that may still run on the node that is left out keeps nobody waiting")
    func longCommand() async throws {
        let slow = ": >\"$NODE_ROOT/started\"; [ $NODE_NAME != n2 ] || sleep 600; : >\"$NODE_ROOT/a\""
        let scene = try Scene(
            TOML.runbook(("one", [TOML.step("a", apply: slow, isLong: true)])), nodes: ["n1", "n2"])
        let run = scene.nextRun
        scene.fleet.plan(.lostOnce(file: "started"), on: "n2", at: .script("systemd-run"))
        scene.fleet.onArrival { [fleet = scene.fleet] node, command in
            if node == "n2", command.script.contains("systemd-run") { fleet.makeUnreachable(node) }
        }
        #expect(try await scene.run().result == .unknown)
        let ending = try await scene.rollBack(run, without: ["n2"])
        #expect(ending.lines(.undone) == ["undone a n1"])
    }

    @Test("a run goes on without it where no step that is left needs all nodes, is never done, and is finished later")
    func resume() async throws {
        let scene = try Scene(book) { $0.makeFleetWide("all") }
        let interruption = Interruption()
        _ = try await scene.run(interruption: interruption) { event in
            if event.event == .checkpoint { interruption.request() }
        }
        #expect(scene.log("n1") == ["a", "all", "b"])
        scene.fleet.makeUnreachable("n3")
        #expect(try await scene.resume().result == .failed)
        let around = try await scene.resume(without: ["n3"])
        #expect(around.result == .failed)
        #expect(around.failures.map(\.isLeftOut) == [true])
        #expect(around.failures.first?.node == "n3")
        #expect(around.lines(.checkpoint) == ["checkpoint one"], "a stage is not over while a node has not done it")
        for node in ["n1", "n2"] as [NodeName] { #expect(scene.log(node) == ["a", "all", "b", "c", "d"]) }
        #expect(around.state.leftOut == ["n3"])
        scene.fleet.makeReachable("n3")
        let rest = try await scene.resume()
        #expect(rest.result == .done)
        #expect(rest.state.leftOut == [])
        for node in Scene.three { #expect(scene.log(node) == ["a", "all", "b", "c", "d"]) }
    }

    @Test("a run does not go on where a step that is left needs all nodes; the step is named")
    func resumeRefused() async throws {
        let scene = try Scene(book) { $0.makeFleetWide("d") }
        let interruption = Interruption()
        let first = try await scene.run(interruption: interruption) { event in
            if event.event == .checkpoint { interruption.request() }
        }
        #expect(
            throws: AbsenceRefusal(
                message: "step two/d is not done yet and needs all nodes, so the run cannot go on without n3")
        ) {
            _ = try scene.plan.without(["n3"], after: first.state)
        }
        #expect(throws: AbsenceRefusal.self) { _ = try scene.plan.without(["n9"], after: first.state) }
        #expect(throws: AbsenceRefusal.self) { _ = try scene.plan.without(["n1", "n2", "n3"], after: first.state) }
    }

    @Test("a stage that fails while a node is left out stands as it failed: nothing is taken back around the node")
    func failsWithout() async throws {
        let scene = try Scene(
            TOML.runbook(("one", [TOML.step("a")]), ("two", [TOML.step("c"), TOML.step("d", apply: "exit 7")])))
        let interruption = Interruption()
        _ = try await scene.run(interruption: interruption) { event in
            if event.event == .checkpoint { interruption.request() }
        }
        scene.fleet.makeUnreachable("n3")
        let ending = try await scene.resume(without: ["n3"])
        #expect(ending.result == .failed)
        #expect(ending.lines(.undo, .rollback) == [])
    }

    @Test("an undo that a person leaves out counts as decided: the run is over, and every view tells why")
    func skipped() async throws {
        let scene = try Scene(
            TOML.runbook(
                (
                    "one",
                    [TOML.step("a"), TOML.step("b", undo: "echo undo-b >>\"$NODE_ROOT/log\"; exit 9"), TOML.step("c")]
                )),
            nodes: ["n1", "n2"])
        let run = scene.nextRun
        _ = try await scene.run()
        for _ in 0..<2 { #expect(try await scene.rollBack(run).result == .failed) }
        let decided: [RunState.Key: String] = [
            key("one", "b", "n1"): "gone by hand", key("one", "b", "n2"): "gone by hand",
        ]
        let ending = try await scene.rollBack(run, skipping: decided)
        #expect(ending.result == .rolledBack)
        #expect(ending.lines() == ["rollback", "undo-skipped b n1", "undo-skipped b n2", "end"])
        #expect(ending.events.filter { $0.event == .undoSkipped }.allSatisfy { $0.message == "gone by hand" })
        let state = RunState(try await scene.journal.events(of: run))
        #expect(state.skippedUndos == decided)
        #expect(state.touched == [] && !state.isOpen)
        #expect(scene.log("n1").count { $0 == "undo-b" } == 2, "it was not run again")
        #expect(try await scene.rollBack(run).lines(.undo, .undone, .undoSkipped) == [], "nothing is left")
    }

    @Test("a decision is in the journal before anything is taken back, so that a cut forgets none")
    func skippedFirst() async throws {
        let scene = try Scene(TOML.runbook(("one", [TOML.step("a"), TOML.step("b"), TOML.step("c")])), nodes: ["n1"])
        let run = scene.nextRun
        _ = try await scene.run()
        let interruption = Interruption()
        let first = try await scene.rollBack(
            run, interruption: interruption, skipping: [key("one", "a", "n1"): "it stays"]
        ) { event in
            if event.event == .undone { interruption.request() }
        }
        #expect(first.result == .interrupted)
        let rest = try await scene.rollBack(run)
        #expect(rest.result == .rolledBack)
        #expect(scene.log("n1") == ["a", "b", "c", "undo-c", "undo-b"])
    }
}
