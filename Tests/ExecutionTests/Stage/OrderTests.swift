import Actions
import Journaling
import Planning
import Steps
import TestSupport
import Testing
import Transport

@Suite("The order of a run")
struct OrderTests {
    @Test("every step is done in order on every node, and each stage ends in a checkpoint")
    func order() async throws {
        let scene = try Scene(TOML.runbook(("one", [TOML.step("a"), TOML.step("b")]), ("two", [TOML.step("c")])))
        let ending = try await scene.run()
        #expect(ending.result == .done)
        for node in Scene.three { #expect(scene.log(node) == ["a", "b", "c"]) }
        #expect(ending.state.checkpoints == ["one", "two"])
        #expect(ending.end?.changed == 9)
        #expect(ending.end?.failed == 0)
        #expect(ending.events.first?.event == .start)
        #expect(ending.end?.event == .end)
    }

    @Test("a slow node does not hold up the others inside a stage")
    func lanes() async throws {
        let scene = try Scene(TOML.runbook(("one", [TOML.step("a"), TOML.step("b")])))
        let gate = SimulatedGate()
        scene.fleet.onArrival { node, command in
            // n1 begins its first step only when n3 has ended its last one.
            if node == "n1", command.script.contains(": >\"$NODE_ROOT/a\"") { await gate.pass() }
        }
        let ending = try await scene.run { event in
            if event.event == .applied, event.step?.step == "b", event.node == "n3" { gate.open() }
        }
        #expect(ending.result == .done)
        let applied = ending.lines(.applied)
        #expect(try #require(applied.firstIndex(of: "applied b n3")) < #require(applied.firstIndex(of: "applied a n1")))
    }

    @Test("a stage begins only when every node has ended the one before it")
    func stagesAreBarriers() async throws {
        let scene = try Scene(TOML.runbook(("one", [TOML.step("a")]), ("two", [TOML.step("b")])))
        let lines = try await scene.run().lines(.applied, .intent)
        let lastOfFirst = try #require(lines.lastIndex { $0.hasPrefix("applied a") })
        let firstOfSecond = try #require(lines.firstIndex { $0.hasPrefix("intent b") })
        #expect(lastOfFirst < firstOfSecond)
    }

    @Test("a step of the whole fleet waits for every node, and every node waits for it")
    func barrier() async throws {
        let scene = try Scene(
            TOML.runbook(("one", [TOML.step("a"), TOML.step("all"), TOML.step("b")])),
            change: { $0.makeFleetWide("all") })
        let ending = try await scene.run()
        #expect(ending.result == .done)
        let lines = ending.lines(.applied, .intent)
        let firstOfAll = try #require(lines.firstIndex { $0.hasPrefix("intent all") })
        #expect(lines[..<firstOfAll].filter { $0.hasPrefix("applied a") }.count == 3)
        let lastOfAll = try #require(lines.lastIndex { $0.hasPrefix("applied all") })
        #expect(!lines[..<lastOfAll].contains { $0.hasPrefix("intent b") })
    }

    @Test("after a fleet's step every node takes note before the verification")
    func settling() async throws {
        let scene = try Scene(
            TOML.runbook(("one", [TOML.step("all", probe: "[ -e \"$NODE_ROOT/all\" ] && [ -e \"$NODE_ROOT/seen\" ]")])),
            change: { $0.makeFleetWide("all", settling: .init(": >\"$NODE_ROOT/seen\"")) })
        #expect(try await scene.run().result == .done)
    }

    @Test("a rolling step is proved on one node before the next one begins")
    func rolling() async throws {
        let scene = try Scene(TOML.runbook(("one", [TOML.step("a"), TOML.step("roll", rolling: true)])))
        let lines = try await scene.run().lines(.intent, .applied).filter { $0.contains(" roll ") }
        #expect(
            lines == Scene.three.flatMap { ["intent roll \($0)", "applied roll \($0)"] })
    }

    @Test("a rolling step that fails on one node is not begun on the next")
    func rollingStops() async throws {
        let scene = try Scene(
            TOML.runbook(
                ("one", [TOML.step("roll", rolling: true, apply: "[ $NODE_NAME != n2 ]; : >\"$NODE_ROOT/roll\"")])))
        let ending = try await scene.run()
        #expect(ending.result == .rolledBack)
        #expect(ending.lines(.intent) == ["intent roll n1", "intent roll n2"])
    }

    @Test("a step is done only on its own nodes")
    func targets() async throws {
        let scene = try Scene(
            TOML.runbook(("one", [TOML.step("a", on: "\"first\""), TOML.step("b", on: "[\"n2\", \"n3\"]")])))
        #expect(try await scene.run().result == .done)
        #expect(scene.log("n1") == ["a"])
        #expect(scene.log("n2") == ["b"])
        #expect(scene.log("n3") == ["b"])
    }

    @Test("a converged run changes nothing and asks each node twice, over one connection")
    func converged() async throws {
        let stages = [
            ("one", [TOML.step("a"), TOML.step("b"), TOML.step("all")]),
            ("two", (1...6).map { TOML.step("s\($0)", rolling: $0 == 5) }),
            ("three", (7...12).map { TOML.step("s\($0)") }), ("four", [TOML.step("last")]),
        ]
        let scene = try Scene(
            TOML.runbook(stages[0], stages[1], stages[2], stages[3]), change: { $0.makeFleetWide("all") })
        #expect(try await scene.run().result == .done)
        let before = scene.commandCounts()
        let logs = Scene.three.map(scene.log)
        let again = try await scene.run()
        #expect(again.result == .done)
        #expect(again.lines(.intent, .applied) == [])
        #expect(again.end?.changed == 0)
        #expect(again.end?.unchanged == 48)
        #expect(zip(scene.commandCounts(), before).map { $0 - $1 } == [2, 2, 2])
        #expect(Scene.three.map(scene.fleet.connects) == [2, 2, 2])
        #expect(Scene.three.map(scene.log) == logs)
    }

    @Test("only what is not true yet is done")
    func partlyTrue() async throws {
        let scene = try Scene(TOML.runbook(("one", [TOML.step("a"), TOML.step("b")])))
        try scene.fleet.touch("a", on: "n2")
        let ending = try await scene.run()
        #expect(ending.result == .done)
        #expect(scene.log("n1") == ["a", "b"])
        #expect(scene.log("n2") == ["b"])
        #expect(ending.lines(.unchanged) == ["unchanged a n2"])
    }

    @Test("a step is probed anew when an earlier one has changed its node")
    func probedAnew() async throws {
        let scene = try Scene(
            TOML.runbook(("one", [TOML.step("a", apply: ": >\"$NODE_ROOT/a\"; : >\"$NODE_ROOT/b\""), TOML.step("b")])))
        let ending = try await scene.run()
        #expect(ending.lines(.unchanged).sorted() == ["unchanged b n1", "unchanged b n2", "unchanged b n3"])
    }

    /// Whatever a step does, or somebody else meanwhile, to what a later stage was found true by.
    private static let takeAway = "rm -f \"$NODE_ROOT/c\""

    @Test("what was asked ahead says nothing any more once an earlier stage began something")
    func askedAheadForgotten() async throws {
        let scene = try Scene(
            TOML.runbook(
                ("one", [TOML.step("a")]), ("two", [TOML.step("b", apply: ": >\"$NODE_ROOT/b\"; \(Self.takeAway)")]),
                ("three", [TOML.step("c")])))
        for node in Scene.three { for step in ["a", "c"] { try scene.fleet.touch(step, on: node) } }
        let ending = try await scene.run()
        #expect(ending.result == .done)
        #expect(Scene.three.map(scene.log) == [["c"], ["c"], ["c"]])
    }

    @Test("nor once a stage was not proved by it, whoever made that true, while something else was changed")
    func askedAheadUnproved() async throws {
        let scene = try Scene(
            TOML.runbook(("one", [TOML.step("a")]), ("two", [TOML.step("b")]), ("three", [TOML.step("c")])))
        for node in Scene.three { for step in ["a", "c"] { try scene.fleet.touch(step, on: node) } }
        let ending = try await scene.run { event in
            guard event.event == .stage, event.stage == "two" else { return }
            for node in Scene.three {
                try? scene.fleet.touch("b", on: node)
                try? scene.fleet.remove("c", on: node)
            }
        }
        #expect(ending.result == .done)
        #expect(Scene.three.map(scene.log) == [["c"], ["c"], ["c"]])
    }

    @Test("nothing is asked ahead where the first stage had something to do")
    func firstStageBegan() async throws {
        let scene = try Scene(
            TOML.runbook(("one", [TOML.step("a")]), ("two", [TOML.step("b")]), ("three", [TOML.step("c")])))
        for node in Scene.three { for step in ["b", "c"] { try scene.fleet.touch(step, on: node) } }
        #expect(try await scene.run().result == .done)
        // Each stage's probes, and the work of the first.
        #expect(scene.commandCounts() == [4, 4, 4])
    }
}
