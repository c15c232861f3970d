import Execution
import Foundation
import Journaling
import Planning
import Synchronization
import TestSupport
import Testing
import Transport

/// A kill between any two events: every beginning of a journal, on nodes as they were right then.
@Suite("Every beginning of a journal")
struct PrefixTests {
    /// The nodes' folders as they were when each event had just reached the disk.
    ///
    /// A node that is in the middle of a command at that moment is shown as it was before the command: half of
    /// one is what the node's own crash leaves, not harun's, and may rightly be undecidable.
    private final class Album: Sendable {
        private struct State {
            var count = 0
            var running: [NodeName: Int] = [:]
        }

        let folder = NSTemporaryDirectory() + "harun-album-" + UUID().uuidString
        private let state = Mutex(State())

        deinit { try? FileManager.default.removeItem(atPath: folder) }

        /// Follows the commands of a scene's nodes from now on.
        func follow(_ scene: Scene) {
            let fleet = scene.fleet
            fleet.onArrival { [self, unowned fleet] node, _ in
                state.withLock { state in
                    if state.running[node, default: 0] == 0 { copy(fleet.root(of: node), idle(node)) }
                    state.running[node, default: 0] += 1
                }
            }
            fleet.onEnding { [self] node, _ in state.withLock { $0.running[node, default: 0] -= 1 } }
        }

        func take(_ scene: Scene) {
            state.withLock { state in
                for node in scene.plan.nodes {
                    let isIdle = state.running[node, default: 0] == 0
                    copy(isIdle ? scene.fleet.root(of: node) : idle(node), "\(folder)/\(state.count)/\(node)")
                }
                state.count += 1
            }
        }

        /// Where a node is kept as it was before the command that it is running.
        private func idle(_ node: NodeName) -> String { "\(folder)/idle/\(node)" }

        /// Puts the nodes of another scene where these were.
        func put(_ number: Int, into scene: Scene) {
            for node in scene.plan.nodes { copy("\(folder)/\(number)/\(node)", scene.fleet.root(of: node)) }
        }

        private func copy(_ from: String, _ to: String) {
            let files = FileManager.default
            guard files.fileExists(atPath: from) else { return }
            try? files.removeItem(atPath: to)
            try? files.createDirectory(
                atPath: (to as NSString).deletingLastPathComponent, withIntermediateDirectories: true)
            try? files.copyItem(atPath: from, toPath: to)
        }
    }

    /// Runs once and resumes every beginning of it.
    ///
    /// An intent is resumed twice: on nodes that have not heard of it, and on nodes that have done all of it.
    private func everyPrefix(
        _ make: () throws -> Scene, mend: (Scene) throws -> Void = { _ in },
        check: (Scene, Scene.Ending, Comment) throws -> Void
    ) async throws {
        let album = Album()
        let whole = try make()
        album.follow(whole)
        let story = try await whole.run { event in if event.event != .progress { album.take(whole) } }.events
        for count in 1..<story.count {
            let isIntent = story[count - 1].event == .intent || story[count - 1].event == .undo
            for picture in isIntent ? [count - 1, count] : [count - 1] {
                let scene = try make()
                album.put(picture, into: scene)
                try mend(scene)
                try await scene.journal.append(Array(story.prefix(count)))
                let ending = try await scene.resume(story[0].run)
                let last = story[count - 1]
                let place = "\(last.event.rawValue) \(last.step?.step ?? "") \(last.node?.text ?? "")"
                try check(scene, ending, "killed after event \(count), \(place), nodes as after \(picture + 1)")
            }
        }
    }

    @Test("resumes to the end of an uninterrupted run, with every step done once and no intent left open")
    func done() async throws {
        let nodes: [NodeName] = ["n1", "n2"]
        let runbook = TOML.runbook(
            ("one", [TOML.step("a"), TOML.step("disk", class: "destructive", withUndo: false)]),
            ("two", [TOML.step("all", class: "once"), TOML.step("roll", rolling: true)]))
        try await everyPrefix {
            try Scene(runbook, nodes: nodes, change: { $0.makeFleetWide("all") })
        } check: { scene, ending, context in
            #expect(ending.result == .done, context)
            #expect(ending.state.open == [], context)
            #expect(ending.end?.changed == 8, context)
            #expect(ending.end?.failed == 0, context)
            for node in nodes { #expect(scene.log(node) == ["a", "disk", "all", "roll"], context) }
        }
    }

    @Test(
        "with an attempt that began on its node and got no further goes on only where that is proved or asked for",
        arguments: [false, true])
    func begunOnly(isProof: Bool) async throws {
        let proof = isProof ? "needed_is_proof = true\n" : ""
        let runbook = TOML.runbook(
            (
                "one",
                [
                    TOML.step("a"), TOML.step("disk", class: "destructive", withUndo: false) + proof,
                    TOML.step("pay", class: "once") + proof,
                ]
            ))
        let album = Album()
        let whole = try Scene(runbook, nodes: ["n1"])
        album.follow(whole)
        let story = try await whole.run { event in if event.event != .progress { album.take(whole) } }.events
        for (index, intent) in story.enumerated() where intent.event == .intent {
            let step = try #require(intent.step)
            let scene = try Scene(runbook, nodes: ["n1"])
            album.put(index, into: scene)
            try await scene.journal.append(Array(story.prefix(index + 1)))
            // The node lost its power right behind the beginning.
            let folder = "\(scene.fleet.root(of: "n1"))/var/lib/harun/runs/\(intent.run)"
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
            let attempt = try #require(intent.facts?["attempt"])
            try Scene.write("1 1 another-boot\n", to: "\(folder)/one.\(step.step).begun.\(attempt)")
            if !isProof, step.step != "a" {
                for _ in 0..<2 {
                    #expect(try await scene.resume(intent.run).result == .unknown, "\(step)")
                    #expect(!scene.log("n1").contains(step.step), "\(step)")
                }
            }
            let ending = try await scene.resume(
                intent.run, decisions: Decisions(mayRepeat: { asked, _, _ in !isProof && asked.id == step }))
            #expect(ending.result == .done, "\(step): \(ending.failures)")
            #expect(ending.state.open == [], "\(step)")
            #expect(scene.log("n1") == ["a", "disk", "pay"], "\(step)")
        }
    }

    @Test("of a run that failed and was taken back resumes to the end once the cause is mended")
    func mended() async throws {
        let runbook = TOML.runbook(
            ("one", [TOML.step("disk", class: "destructive", withUndo: false)]),
            (
                "two",
                [
                    TOML.step("a", class: "once"), TOML.step("b"),
                    TOML.step("c", apply: "[ -e \"$NODE_ROOT/mended\" ]; : >\"$NODE_ROOT/c\""),
                ]
            ))
        try await everyPrefix {
            try Scene(runbook, nodes: ["n1"])
        } mend: { scene in
            try scene.fleet.touch("mended", on: "n1")
        } check: { scene, ending, context in
            #expect(ending.result == .done, context)
            #expect(ending.state.open == [], context)
            #expect(ending.state.rollback == nil, context)
            #expect(ending.lines(.drift) == [], context)
            let log = scene.log("n1")
            #expect(log.filter { $0 == "disk" }.count == 1, context)
            for step in ["a", "b"] {
                // An undo that was cut may be run again; the work never is without an undo before it.
                let story = log.filter { $0.hasSuffix(step) }
                #expect(
                    [[step], [step, "undo-\(step)", step], [step, "undo-\(step)", "undo-\(step)", step]].contains(
                        story), context)
                #expect(scene.fleet.has(step, on: "n1"), context)
            }
            #expect(scene.fleet.has("c", on: "n1"), context)
        }
    }

    @Test("of a run that failed and fails again ends at the same checkpoint")
    func failsAgain() async throws {
        let runbook = TOML.runbook(
            ("one", [TOML.step("z")]), ("two", [TOML.step("a"), TOML.step("c", apply: "false")]))
        try await everyPrefix {
            try Scene(runbook, nodes: ["n1"])
        } check: { scene, ending, context in
            #expect(ending.result == .rolledBack, context)
            #expect(ending.state.open == [], context)
            #expect(scene.fleet.has("z", on: "n1"), context)
            for file in ["a", "c"] { #expect(!scene.fleet.has(file, on: "n1"), context) }
        }
    }
}
