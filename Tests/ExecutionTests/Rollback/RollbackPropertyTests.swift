import Foundation
import Journaling
import Planning
import Steps
import Synchronization
import TestSupport
import Testing
import Transport

@testable import Execution

/// Runbooks made at random, whose steps change files in ways that their undo takes back exactly.
@Suite("Rollback is the reverse of what happened")
struct RollbackPropertyTests {
    /// A random runbook, and which of its steps are of the whole fleet.
    private struct Book {
        var text = ""
        var fleetWide: [String] = []
        /// The step that fails, after it did a part of its work.
        var failing: String?

        init(_ generator: inout SeededGenerator, fails: Bool, stages most: Int = 3) {
            var stages: [String] = []
            var ids: [String] = []
            for stage in 0..<Int.random(in: 1...most, using: &generator) {
                var steps = ""
                for step in 0..<Int.random(in: 1...4, using: &generator) {
                    let id = "s\(stage)\(step)"
                    ids.append(id)
                    if Int.random(in: 0..<4, using: &generator) == 0 { fleetWide.append(id) }
                    steps += Self.step(id, file: "f\(Int.random(in: 0..<3, using: &generator))", &generator)
                }
                stages.append("[[stage]]\nname = \"stage\(stage)\"\n\(steps)")
            }
            if fails { failing = ids.randomElement(using: &generator) }
            text = "[runbook]\nname = \"test\"\n" + stages.joined(separator: "\n")
        }

        /// Appends to a file, whose earlier state is its pre-image, and leaves a mark that it was done.
        private static func step(_ id: String, file: String, _ generator: inout SeededGenerator) -> String {
            let rolling = Int.random(in: 0..<5, using: &generator) == 0
            return TOML.step(
                id, rolling: rolling, probe: "[ -e \"$NODE_ROOT/done-\(id)\" ]",
                apply: """
                    mkdir -p "$HARUN_STATE/pre"
                    F=$NODE_ROOT/\(file); P=$HARUN_STATE/pre/file
                    if [ ! -e "$P" ] && [ ! -e "$P.absent" ]; then
                        if [ -e "$F" ]; then cp -p "$F" "$P"; else : >"$P.absent"; fi
                    fi
                    echo \(id) >>"$NODE_ROOT/log"; echo \(id) >>"$F"
                    [ ! -e "$NODE_ROOT/../fail-\(id)-$NODE_NAME" ] || exit 7
                    : >"$NODE_ROOT/done-\(id)"
                    """,
                undo: """
                    F=$NODE_ROOT/\(file); P=$HARUN_STATE/pre/file
                    echo undo-\(id) >>"$NODE_ROOT/log"
                    if [ -e "$P" ]; then cp -p "$P" "$F"; else rm -f "$F"; fi
                    rm -f "$NODE_ROOT/done-\(id)"
                    """)
        }

        func scene(_ generator: inout SeededGenerator) throws -> Scene {
            let fleetWide = fleetWide
            let scene = try Scene(text, nodes: ["n1", "n2"]) { plan in
                for id in fleetWide { plan.makeFleetWide(id) }
                for stage in plan.stages.indices {
                    for index in plan.stages[stage].steps.indices
                    where plan.stages[stage].steps[index].action.scope == .node {
                        plan.stages[stage].steps[index].action = ExactStep(base: plan.stages[stage].steps[index].action)
                    }
                }
            }
            for node in scene.plan.nodes {
                try FileManager.default.createDirectory(
                    atPath: scene.fleet.root(of: node), withIntermediateDirectories: true)
                for file in ["f0", "f1"] where Bool.random(using: &generator) {
                    try Scene.write("before \(node)\n", to: scene.fleet.root(of: node) + "/" + file)
                }
            }
            if let failing, let node = scene.plan.nodes.randomElement(using: &generator) {
                try Scene.write("", to: scene.fleet.folder + "/fail-\(failing)-\(node)")
            }
            return scene
        }
    }

    private func folders(_ scene: Scene) -> [NodeName: NodeFolder] {
        scene.plan.nodes.reduce(into: [:]) { $0[$1] = NodeFolder(of: $1, in: scene.fleet) }
    }

    /// What each node undid, by its own log, in reverse; and what it had done before.
    private func expectReverse(_ scene: Scene, behind stages: [String], _ seed: UInt64) {
        for node in scene.plan.nodes {
            let log = scene.log(node)
            let done = log.filter { id in
                !id.hasPrefix("undo-") && stages.contains { id.hasPrefix("s\($0.last ?? "x")") }
            }
            let undone = log.filter { $0.hasPrefix("undo-") }.map { String($0.dropFirst(5)) }
            #expect(undone == done.reversed(), "seed \(seed): \(node)")
        }
    }

    @Test("a failed stage leaves every node as it was at its last checkpoint", arguments: 0..<8)
    func failedStage(number: Int) async throws {
        let seed = UInt64.random(in: 0..<1_000_000) &* 64 &+ UInt64(number)
        var generator = SeededGenerator(seed: seed)
        let book = Book(&generator, fails: true)
        let scene = try book.scene(&generator)
        let atCheckpoint = Mutex(folders(scene))
        let ending = try await scene.run { event in
            guard event.event == .checkpoint else { return }
            let now = folders(scene)
            atCheckpoint.withLock { $0 = now }
        }
        #expect(ending.result == .rolledBack, "seed \(seed)")
        #expect(folders(scene) == atCheckpoint.withLock { $0 }, "seed \(seed)")
        let failed = try #require(ending.events.first { $0.event == .failed }?.step?.stage)
        expectReverse(scene, behind: [failed], seed)
        #expect(ending.state.touched.allSatisfy { $0.step.stage != failed })
    }

    @Test("a run that is done goes back to any checkpoint, and from there to its start", arguments: 0..<8)
    func asked(number: Int) async throws {
        let seed = UInt64.random(in: 0..<1_000_000) &* 64 &+ UInt64(number)
        var generator = SeededGenerator(seed: seed)
        let book = Book(&generator, fails: false)
        let scene = try book.scene(&generator)
        let start = folders(scene)
        let checkpoints = Mutex<[String: [NodeName: NodeFolder]]>([:])
        let run = scene.nextRun
        let ending = try await scene.run { event in
            guard event.event == .checkpoint, let stage = event.stage else { return }
            let now = folders(scene)
            checkpoints.withLock { $0[stage] = now }
        }
        #expect(ending.result == .done, "seed \(seed)")
        let target = try #require(scene.plan.stages.randomElement(using: &generator)).name
        let first = try await scene.rollBack(run, to: target)
        #expect(first.result == .rolledBack, "seed \(seed)")
        #expect(folders(scene) == checkpoints.withLock { $0[target] }, "seed \(seed)")
        let second = try await scene.rollBack(run)
        #expect(second.result == .rolledBack, "seed \(seed)")
        #expect(folders(scene) == start, "seed \(seed)")
        expectReverse(scene, behind: scene.plan.stages.map(\.name), seed)
        #expect(RunState(try await scene.journal.events(of: run)).touched.isEmpty, "seed \(seed)")
    }

    @Test("cut off behind any event, a rollback that is typed again ends in the same state")
    func cutOff() async throws {
        let seed = UInt64.random(in: 0..<1_000_000)
        var last = 1
        var limit = 1
        while limit <= last {
            var generator = SeededGenerator(seed: seed)
            let book = Book(&generator, fails: false, stages: 1)
            let scene = try book.scene(&generator)
            let start = folders(scene)
            let run = scene.nextRun
            #expect(try await scene.run().result == .done, "seed \(seed)")
            let before = try await scene.journal.events(of: run).count
            let path = scene.fleet.folder + "/journal-0/runs.sqlite"
            // From so many events on, nothing can be written any more: whoever works stops as if killed.
            SQLite.execute(
                "CREATE TRIGGER cut BEFORE INSERT ON event WHEN (SELECT count(*) FROM event) >= \(before + limit) "
                    + "BEGIN SELECT RAISE(ABORT, 'cut'); END", path)
            await #expect(throws: JournalError.self, "seed \(seed)") { try await scene.rollBack(run) }
            SQLite.execute("DROP TRIGGER cut", path)
            let ending = try await scene.rollBack(run)
            #expect(ending.result == .rolledBack, "seed \(seed), cut behind \(limit)")
            #expect(folders(scene) == start, "seed \(seed), cut behind \(limit)")
            let events = try await scene.journal.events(of: run)
            #expect(RunState(events).open.isEmpty && RunState(events).touched.isEmpty, "seed \(seed)")
            // One rollback event and end, an undo and an outcome a step and node.
            last = min(2 * events.count { $0.event == .intent } + 1, 14)
            limit += 1
        }
    }
}
