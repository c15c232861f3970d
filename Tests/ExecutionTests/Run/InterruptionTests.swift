import Execution
import Journaling
import Planning
import TestSupport
import Testing
import Transport

@Suite("Stopping on request")
struct InterruptionTests {
    private let runbook = TOML.runbook(("one", [TOML.step("a"), TOML.step("b")]), ("two", [TOML.step("c")]))

    @Test("a run that is asked to stop ends the step in flight and begins no other")
    func betweenSteps() async throws {
        let scene = try Scene(runbook, nodes: ["n1"])
        let interruption = Interruption()
        scene.fleet.onArrival { _, command in
            if command.script.contains(": >\"$NODE_ROOT/a\"") { interruption.request() }
        }
        let ending = try await scene.run(interruption: interruption)
        #expect(ending.result == .interrupted)
        #expect(ending.result.exitCode == 130)
        #expect(scene.log("n1") == ["a"])
        #expect(ending.lines(.applied) == ["applied a n1"])
        #expect(ending.lines(.checkpoint, .undo) == [])
        #expect(ending.state.open == [])
        #expect(ending.failures == [])
    }

    @Test("a run goes on after an interruption from where the nodes stand")
    func goesOn() async throws {
        let scene = try Scene(runbook)
        let interruption = Interruption()
        scene.fleet.onArrival { _, command in
            if command.script.contains(": >\"$NODE_ROOT/b\"") { interruption.request() }
        }
        #expect(try await scene.run(interruption: interruption).result == .interrupted)
        #expect(try await scene.run().result == .done)
        for node in Scene.three { #expect(scene.log(node) == ["a", "b", "c"]) }
    }

    @Test("a request before the first stage changes nothing")
    func beforeTheFirst() async throws {
        let scene = try Scene(runbook)
        let interruption = Interruption()
        interruption.request()
        let ending = try await scene.run(interruption: interruption)
        #expect(ending.result == .interrupted)
        #expect(scene.commandCounts() == [0, 0, 0])
    }

    @Test("a rolling step stops between two nodes")
    func rolling() async throws {
        let scene = try Scene(TOML.runbook(("one", [TOML.step("a", rolling: true)])))
        let interruption = Interruption()
        let ending = try await scene.run(interruption: interruption) { event in
            if event.event == .applied { interruption.request() }
        }
        #expect(ending.result == .interrupted)
        #expect(ending.lines(.applied) == ["applied a n1"])
    }
}
