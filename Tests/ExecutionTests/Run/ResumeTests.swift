import Execution
import Journaling
import Planning
import Synchronization
import TestSupport
import Testing
import Transport

@Suite("Going on with a run")
struct ResumeTests {
    private static let runbook = TOML.runbook(
        ("one", [TOML.step("a"), TOML.step("disk", class: "destructive", withUndo: false), TOML.step("b")]),
        ("two", [TOML.step("c", class: "once"), TOML.step("d")]))

    /// A run that is stopped as soon as an event of this kind, step and node is on disk, as a kill would stop it.
    private func killed(
        _ scene: Scene, at kind: EventKind, _ step: String, lettingThrough isBegun: Bool = false
    ) async throws -> Scene.Ending {
        let task = Mutex<Task<Scene.Ending, any Error>?>(nil)
        let gate = SimulatedGate()
        if !isBegun {
            // The command of the killed process never arrives.
            for node in scene.plan.nodes {
                scene.fleet.plan(.neverBegun, on: node, at: .script("echo \(step) >>"))
            }
        }
        let work = Task {
            await gate.pass()
            return try await scene.run { event in
                if event.event == kind, event.step?.step == step { task.withLock { $0?.cancel() } }
            }
        }
        task.withLock { $0 = work }
        gate.open()
        return try await work.value
    }

    @Test("a run that is cut leaves its intents open and says that it can go on")
    func cut() async throws {
        let scene = try Scene(Self.runbook, nodes: ["n1"])
        let ending = try await killed(scene, at: .intent, "b")
        #expect(ending.result == .interrupted)
        #expect(ending.failures == [])
        #expect(ending.state.open.map(\.step.step) == ["b"])
        #expect(ending.lines(.failed, .unknown, .undo) == [])
        let resumed = try await scene.resume()
        #expect(resumed.result == .done)
        #expect(resumed.state.open == [])
        #expect(scene.log("n1") == ["a", "disk", "b", "c", "d"])
        #expect(resumed.end?.changed == 5, "the run's work over all of its processes")
    }

    @Test("a node that an earlier process left at work is waited for; any other one is not")
    func comesUp() async throws {
        for isWorking in [true, false] {
            let scene = try Scene(Self.runbook, nodes: ["n1"])
            if isWorking {
                _ = try await killed(scene, at: .intent, "b")
            } else {
                try scene.fleet.touch("b", on: "n1")
                _ = try await scene.run()
            }
            scene.fleet.makeUnreachable("n1")
            let ending = try await scene.resume(patience: Patience(following: .seconds(30))) { event in
                if event.message?.contains("waiting for it to answer") == true { scene.fleet.makeReachable("n1") }
            }
            #expect(ending.result == (isWorking ? .done : .failed))
        }
    }

    @Test("a destructive step that its node never heard of is done, once", arguments: ["disk", "c"])
    func neverBegun(step: String) async throws {
        let scene = try Scene(Self.runbook, nodes: ["n1"])
        #expect(try await killed(scene, at: .intent, step).result == .interrupted)
        #expect(!scene.log("n1").contains(step))
        #expect(try await scene.resume().result == .done)
        #expect(scene.log("n1") == ["a", "disk", "b", "c", "d"])
    }

    @Test("a step that was done without its outcome written is found done and not repeated", arguments: ["disk", "b"])
    func foundDone(step: String) async throws {
        let scene = try Scene(Self.runbook, nodes: ["n1"])
        _ = try await killed(scene, at: .intent, step)
        try scene.fleet.touch(step, on: "n1")
        let ending = try await scene.resume()
        #expect(ending.result == .done)
        #expect(!scene.log("n1").contains(step))
        #expect(ending.lines(.applied).filter { $0 == "applied \(step) n1" }.count == 1)
        let found = ending.events.last { $0.step?.step == step }
        #expect(found?.message == "found done: an earlier process of this run began it")
        #expect(ending.state.open == [])
    }

    @Test("a destructive step that began and is not proved stops with exit code 3 and says what to look at")
    func unproved() async throws {
        let probe = "[ -e \"$NODE_ROOT/done\" ]"
        let scene = try Scene(
            TOML.runbook(
                ("one", [TOML.step("z"), TOML.step("disk", class: "destructive", probe: probe, withUndo: false)])),
            nodes: ["n1"])
        // The work is done, but the probe does not see it: nobody can tell.
        _ = try await killed(scene, at: .intent, "disk", lettingThrough: true)
        let before = scene.log("n1")
        for _ in 0..<2 {
            let ending = try await scene.resume()
            #expect(ending.result == .unknown)
            #expect(ending.result.exitCode == 3)
            #expect(ending.lines(.undo, .undone) == [])
            let failure = try #require(ending.failures.first)
            #expect(failure.node == "n1")
            #expect(failure.step?.step == "disk")
            #expect(failure.message.contains("look on the node whether this happened: run a script"))
        }
        if before.contains("disk") { #expect(scene.log("n1") == before, "nothing was repeated") }
        // Whoever has looked may say so.
        let asked = Mutex<[String]>([])
        let decisions = Decisions(mayRepeat: { step, key, _ in
            asked.withLock { $0.append("\(step.id.step) \(key.node)") }
            return true
        })
        try scene.fleet.touch("done", on: "n1")
        #expect(
            try await scene.resume(decisions: decisions).result == .done, "the probe decides before anybody is asked")
        #expect(asked.withLock { $0 } == [])
    }

    @Test("what was done and is not true any more is drift: shown, and mended where that may be repeated")
    func drift() async throws {
        let scene = try Scene(Self.runbook, nodes: ["n1", "n2"])
        for _ in 0..<2 { scene.fleet.plan(.neverBegun, on: "n2", at: .script("echo d >>")) }
        #expect(try await scene.run(onFailure: .stop).result == .unknown)
        try scene.fleet.remove("a", on: "n1")
        let ending = try await scene.resume()
        #expect(ending.result == .done)
        #expect(ending.lines(.drift) == ["drift a n1"])
        #expect(ending.events.first { $0.event == .drift }?.message == "its probe says no")
        #expect(scene.log("n1").filter { $0 == "a" }.count == 2)
        #expect(scene.log("n2").filter { $0 == "a" }.count == 1)
    }

    @Test("drift of what must not run twice is asked for", arguments: ["disk", "c"])
    func driftAsked(step: String) async throws {
        let scene = try Scene(Self.runbook, nodes: ["n1"])
        #expect(try await scene.run().result == .done)
        try scene.fleet.remove(step, on: "n1")
        for count in 1...2 {
            let refused = try await scene.resume()
            #expect(refused.result == .unknown)
            #expect(refused.lines(.drift) == Array(repeating: "drift \(step) n1", count: count))
            #expect(scene.log("n1").filter { $0 == step }.count == 1)
        }
        let allowed = try await scene.resume(decisions: Decisions(mayRepeat: { _, _, _ in true }))
        #expect(allowed.result == .done)
        #expect(scene.log("n1").filter { $0 == step }.count == 2)
    }

    @Test("a finished run that is resumed asks each node once a stage and changes nothing")
    func roundTrips() async throws {
        let scene = try Scene(Self.runbook)
        #expect(try await scene.run().result == .done)
        let before = scene.commandCounts()
        let ending = try await scene.resume()
        #expect(ending.result == .done)
        #expect(zip(scene.commandCounts(), before).map { $0 - $1 } == [2, 2, 2])
        #expect(ending.end?.changed == 15)
        #expect(ending.lines(.drift) == [])
    }

    @Test("a stage that was taken back is done again from its probes")
    func afterRollback() async throws {
        let scene = try Scene(
            TOML.runbook(
                ("one", [TOML.step("a")]),
                ("two", [TOML.step("b"), TOML.step("c", apply: "[ -e \"$NODE_ROOT/mended\" ]; : >\"$NODE_ROOT/c\"")])),
            nodes: ["n1"])
        let failed = try await scene.run()
        #expect(failed.result == .rolledBack)
        #expect(failed.lines(.rollback) == ["rollback"])
        #expect(failed.events.first { $0.event == .rollback }?.to == "one")
        try scene.fleet.touch("mended", on: "n1")
        let ending = try await scene.resume()
        #expect(ending.result == .done)
        #expect(ending.end?.failed == 0)
        #expect(ending.end?.changed == 3)
        #expect(scene.log("n1").filter { $0 == "a" }.count == 1)
    }

    @Test("a step without a probe that this run has done is not done again, and is after it was taken back")
    func withoutProbe() async throws {
        func step(_ id: String, _ more: String = "") -> String {
            """
            [[stage.step]]
            id = "\(id)"
            action = "shell"
            with = { apply = 'echo \(id) >>"$NODE_ROOT/log"', undo = 'true', class = "once" \(more) }

            """
        }
        let scene = try Scene(
            TOML.runbook(
                ("one", [step("x"), TOML.step("c", apply: "[ -e \"$NODE_ROOT/mended\" ]; : >\"$NODE_ROOT/c\"")])),
            nodes: ["n1"])
        #expect(try await scene.run(onFailure: .stop).result == .failed)
        #expect(try await scene.resume(onFailure: .stop).result == .failed)
        #expect(scene.log("n1") == ["x"])
        #expect(try await scene.resume().result == .rolledBack)
        try scene.fleet.touch("mended", on: "n1")
        #expect(try await scene.resume().result == .done)
        #expect(scene.log("n1") == ["x", "undo-c", "x"])
    }

    @Test("what the operator skipped stays skipped and is counted")
    func skipped() async throws {
        let scene = try Scene(Self.runbook, nodes: ["n1"])
        _ = try await killed(scene, at: .applied, "a", lettingThrough: true)
        let run = RunID("run-1")
        var event = Event(.skipped, run: run, time: "2026-11-23T19:02:14.123Z")
        event.step = scene.plan.stages.first?.steps.last?.id
        event.node = "n1"
        try await scene.journal.append([event])
        let ending = try await scene.resume()
        #expect(ending.result == .done)
        #expect(!scene.log("n1").contains("b"))
        #expect(ending.end?.skipped == 1)
        #expect(ending.end?.changed == 4)
    }

    @Test("a rollback that was asked for and cut is ended first, and nothing is done anew")
    func askedRollback() async throws {
        let scene = try Scene(
            TOML.runbook(("one", [TOML.step("a")]), ("two", [TOML.step("b"), TOML.step("c")])), nodes: ["n1"])
        #expect(try await scene.run().result == .done)
        var order = Event(.rollback, run: RunID("run-1"), time: "2026-11-23T19:02:14.123Z")
        (order.to, order.asked) = ("one", true)
        try await scene.journal.append([order])
        let ending = try await scene.resume()
        #expect(ending.result == .rolledBack)
        #expect(scene.log("n1") == ["a", "b", "c", "undo-c", "undo-b"])
        #expect(ending.state.touched.map(\.step.step) == ["a"])
    }
}
