import Execution
import Journaling
import Planning
import TestSupport
import Testing
import Transport

/// What an earlier process or a lost connection left running on a node, and nobody may work beside.
@Suite("Work that still runs on a node")
struct RunningWorkTests {
    private static let runbook = TOML.runbook(("one", [TOML.step("a", undo: undo)]))
    private static let undo = """
        echo undo-a >>"$NODE_ROOT/log"; : >"$NODE_ROOT/started"
        until [ -e "$NODE_ROOT/go" ]; do sleep 0.02; done
        rm -f "$NODE_ROOT/a"
        """

    /// Lets the work on a node come to its end as soon as somebody waits for that.
    private func goOnWhenAwaited(_ scene: Scene) {
        scene.fleet.onArrival { [fleet = scene.fleet] node, command in
            if command.script.contains("fact attempt over") { try? fleet.touch("go", on: node) }
        }
    }

    @Test("a rollback that was asked for is not forgotten where a node does not answer in between")
    func askedRollbackBehindAbsence() async throws {
        let scene = try Scene(TOML.runbook(("one", [TOML.step("a")]), ("two", [TOML.step("b")])), nodes: ["n1", "n2"])
        #expect(try await scene.run().result == .done)
        var order = Event(.rollback, run: RunID("run-1"), time: "2026-11-23T19:02:14.123Z")
        (order.to, order.asked) = ("one", true)
        try await scene.journal.append([order])
        scene.fleet.makeUnreachable("n2")
        #expect(try await scene.resume().result == .failed)
        #expect(scene.log("n1") == ["a", "b"])
        scene.fleet.makeReachable("n2")
        #expect(try await scene.resume().result == .rolledBack)
        for node in ["n1", "n2"] as [NodeName] { #expect(scene.log(node) == ["a", "b", "undo-b"]) }
    }

    @Test("work that a killed harun left running is waited for before it is taken back", .timeLimit(.minutes(5)))
    func rollbackBehindRunningWork() async throws {
        let slow = """
            : >"$NODE_ROOT/started"; until [ -e "$NODE_ROOT/go" ]; do sleep 0.02; done
            echo a >>"$NODE_ROOT/log"; : >"$NODE_ROOT/a"
            """
        let scene = try Scene(TOML.runbook(("one", [TOML.step("a", apply: slow)])), nodes: ["n1"])
        let work = Task { try await scene.run() }
        while !scene.fleet.has("started", on: "n1") { try await Task.sleep(for: .milliseconds(10)) }
        // The work goes on while another process takes its run back; this one is as good as dead.
        let rollback = Task { try await scene.rollBack(RunID("run-1")) }
        while !scene.fleet.commands(on: "n1").contains(where: { $0.script.contains("fact attempt over") }) {
            try await Task.sleep(for: .milliseconds(10))
        }
        #expect(scene.log("n1") == [], "nothing is taken back under its feet")
        try scene.fleet.touch("go", on: "n1")
        #expect(try await rollback.value.result == .rolledBack)
        #expect(scene.log("n1") == ["a", "undo-a"])
        #expect(!scene.fleet.has("a", on: "n1"))
        _ = try await work.value
    }

    @Test("an undo that a killed harun left running is waited for and not run beside itself", .timeLimit(.minutes(5)))
    func undoBehindRunningUndo() async throws {
        let scene = try Scene(Self.runbook, nodes: ["n1"])
        #expect(try await scene.run().result == .done)
        let dead = Task { try await scene.rollBack(RunID("run-1")) }
        while !scene.fleet.has("started", on: "n1") { try await Task.sleep(for: .milliseconds(10)) }
        goOnWhenAwaited(scene)
        // Without anybody who waits it would never end.
        let ending = try await scene.rollBack(RunID("run-1"))
        #expect(ending.result == .rolledBack)
        #expect(scene.log("n1") == ["a", "undo-a"])
        #expect(!scene.fleet.has("a", on: "n1"))
        _ = try await dead.value
    }

    @Test("an undo that outlives its connection is waited for and not run beside itself", .timeLimit(.minutes(5)))
    func undoBehindLostConnection() async throws {
        let scene = try Scene(Self.runbook, nodes: ["n1"])
        #expect(try await scene.run().result == .done)
        scene.fleet.plan(.cut, on: "n1", at: .script("echo undo-a >>"))
        goOnWhenAwaited(scene)
        let ending = try await scene.rollBack(RunID("run-1"))
        #expect(ending.result == .rolledBack)
        #expect(scene.log("n1") == ["a", "undo-a"])
    }

    @Test("a step that outlives its connection is looked at once it has ended", .timeLimit(.minutes(5)))
    func stepBehindLostConnection() async throws {
        let slow = """
            : >"$NODE_ROOT/a"; until [ -e "$NODE_ROOT/go" ]; do sleep 0.02; done; echo a >>"$NODE_ROOT/log"
            """
        let scene = try Scene(
            TOML.runbook(("one", [TOML.step("a", class: "once", apply: slow), TOML.step("b")])), nodes: ["n1"])
        scene.fleet.plan(.cut, on: "n1", at: .script("echo a >>"))
        goOnWhenAwaited(scene)
        #expect(try await scene.run().result == .done)
        #expect(scene.log("n1") == ["a", "b"], "its probe is true before its end, and b stands on all of it")
    }

    @Test("a look that fails proves nothing: what must not run twice stays unproved over any number of resumes")
    func failedLook() async throws {
        let probe = "[ -e \"$NODE_ROOT/done\" ]"
        let scene = try Scene(
            TOML.runbook(("one", [TOML.step("disk", class: "destructive", probe: probe, withUndo: false)])),
            nodes: ["n1"])
        scene.fleet.plan(.lostAfter, on: "n1", at: .script("echo disk >>"))
        #expect(try await scene.run().result == .unknown)
        // The question whether it is true is lost, and once more.
        for _ in 1...2 { scene.fleet.plan(.lostBefore, on: "n1", at: .script("\"$NODE_ROOT/done\"")) }
        for _ in 1...2 {
            let ending = try await scene.resume()
            #expect(ending.result == .unknown)
            #expect(ending.state.unproved.count == 1)
        }
        #expect(scene.log("n1") == ["disk"])
    }
}
