import Execution
import Journaling
import Planning
import Synchronization
import TestSupport
import Testing
import Transport

@Suite("The journal comes before the effect")
struct JournalFirstTests {
    @Test("the intent is in the journal when the node hears of a step")
    func intentFirst() async throws {
        let scene = try Scene(
            TOML.runbook(("one", [TOML.step("a"), TOML.step("all"), TOML.step("roll", rolling: true)])),
            change: { $0.makeFleetWide("all") })
        let run = scene.nextRun
        let journal = scene.journal
        let seen = Mutex<[String]>([])
        let missing = Mutex<[String]>([])
        scene.fleet.onArrival { node, command in
            for step in ["a", "all", "roll"] where command.script.contains(": >\"$NODE_ROOT/\(step)\"") {
                let events = (try? await journal.events(of: run)) ?? []
                let isThere = events.contains { $0.event == .intent && $0.step?.step == step && $0.node == node }
                seen.withLock { $0.append("\(step) \(node)") }
                if !isThere { missing.withLock { $0.append("\(step) \(node)") } }
            }
        }
        #expect(try await scene.run().result == .done)
        #expect(seen.withLock { $0.count } == 9)
        #expect(missing.withLock { $0 } == [])
    }

    @Test("taking a step back is in the journal when the node hears of it")
    func undoFirst() async throws {
        let scene = try Scene(TOML.runbook(("one", [TOML.step("a"), TOML.step("b", apply: "false")])), nodes: ["n1"])
        let run = scene.nextRun
        let journal = scene.journal
        let isThere = Mutex<Bool?>(nil)
        scene.fleet.onArrival { _, command in
            guard command.script.contains("echo undo-a") else { return }
            let events = (try? await journal.events(of: run)) ?? []
            isThere.withLock { $0 = events.contains { $0.event == .undo && $0.step?.step == "a" } }
        }
        #expect(try await scene.run().result == .rolledBack)
        #expect(isThere.withLock { $0 } == true)
    }

    @Test("the events that a watcher sees are in the journal already")
    func watchersSeeJournaledEvents() async throws {
        let scene = try Scene(TOML.runbook(("one", [TOML.step("a")])))
        let watched = Mutex<[Event]>([])
        let ending = try await scene.run { event in
            if event.event != .progress { watched.withLock { $0.append(event) } }
        }
        #expect(Set(watched.withLock { $0 }) == Set(ending.events))
    }

    @Test("a run whose journal breaks stops at once and touches no node any more")
    func brokenJournal() async throws {
        let scene = try Scene(TOML.runbook(("one", [TOML.step("a")]), ("two", [TOML.step("b")])), nodes: ["n1"])
        let path = scene.fleet.folder + "/journal-0/runs.sqlite"
        await #expect(throws: JournalError.self) {
            try await scene.run { event in
                // From here on nothing can be written: the table is gone.
                if event.event == .checkpoint { SQLite.execute("DROP TABLE event", path) }
            }
        }
        #expect(scene.log("n1") == ["a"])
    }

    @Test("after a write that failed nothing more of the run is taken, even where it could be written")
    func closedAfterFailure() async throws {
        let scene = try Scene(TOML.runbook(("one", [TOML.step("a")])), nodes: ["n1"])
        // No run of this name was started, so no event can belong to it yet.
        let recorder = Recorder(run: RunID("later"), journal: scene.journal) { _ in }
        let first = await #expect(throws: JournalError.self) { try await recorder.record([recorder.event(.stage)]) }
        var start = Event(.start, run: RunID("later"), time: "2026-11-23T19:02:14.123Z")
        start.inventory = "/inventory.toml"
        try await scene.journal.append([start])
        let second = await #expect(throws: JournalError.self) { try await recorder.record([recorder.event(.stage)]) }
        #expect(first == second)
        #expect(try await scene.journal.events(of: RunID("later")).count == 1)
    }

    @Test("cancelling the run does not keep the outcome of a step out of the journal")
    func cancelled() async throws {
        let scene = try Scene(TOML.runbook(("one", [TOML.step("a"), TOML.step("b")])), nodes: ["n1"])
        let gate = SimulatedGate()
        let arrived = SimulatedGate()
        scene.fleet.onArrival { _, command in
            guard command.script.contains(": >\"$NODE_ROOT/a\"") else { return }
            arrived.open()
            await gate.pass()
        }
        let run = scene.nextRun
        let work = Task { try await scene.run() }
        await arrived.pass()
        work.cancel()
        gate.open()
        _ = try? await work.value
        let events = try await scene.journal.events(of: run)
        #expect(events.contains { $0.event == .applied && $0.step?.step == "a" })
        #expect(events.last?.event == .end)
    }
}
