import Execution
import Foundation
import Journaling
import Planning
import Synchronization
import TestSupport
import Testing
import Transport

/// What must not run twice is repeated on a declared proof or on somebody's word, and on nothing else.
@Suite("A step that must not run twice, begun and without an outcome")
struct NeededIsProofTests {
    /// Pays, and writes the receipt that its probe looks at only afterwards.
    private static let pay = """
        echo pay >>"$NODE_ROOT/log"; : >"$NODE_ROOT/started"
        [ -e "$NODE_ROOT/go" ] || sleep 600
        : >"$NODE_ROOT/pay"
        """

    private func scene(_ stepClass: String, isProof: Bool, isLong: Bool) throws -> Scene {
        let step = TOML.step("pay", class: stepClass, apply: Self.pay, isLong: isLong)
        return try Scene(
            TOML.runbook(("one", [step + (isProof ? "needed_is_proof = true\n" : ""), TOML.step("next")])),
            nodes: ["n1"])
    }

    /// The work is killed on its node in the middle, and nobody hears of it.
    private func cutWork(_ scene: Scene, isLong: Bool) {
        scene.fleet.plan(.lostOnce(file: "started"), on: "n1", at: .script("echo pay >>"))
        scene.fleet.onArrival { [fleet = scene.fleet] node, command in
            guard fleet.has("started", on: node) else { return }
            if isLong { fleet.units.endAll(on: node) }
            try? fleet.touch("go", on: node)
        }
    }

    @Test(
        "its probe's no decides nothing: exit code 3, however often it is resumed, until somebody says repeat",
        arguments: ["once", "destructive"], [false, true])
    func undeclared(stepClass: String, isLong: Bool) async throws {
        let scene = try scene(stepClass, isProof: false, isLong: isLong)
        cutWork(scene, isLong: isLong)
        let first = try await scene.run()
        #expect(first.result == .unknown, "\(first.failures)")
        for _ in 0..<2 {
            let ending = try await scene.resume()
            #expect(ending.result == .unknown)
            #expect(
                ending.failures.first?.message.hasPrefix("it was begun before, and nobody knows how it ended") == true)
            #expect(ending.lines(.undo, .undone, .kept) == [])
        }
        #expect(scene.log("n1") == ["pay"], "nothing was repeated, and nothing done behind it")
        let asked = Mutex<[String]>([])
        let decisions = Decisions(mayRepeat: { step, key, _ in
            asked.withLock { $0.append("\(step.id) \(key.node)") }
            return true
        })
        #expect(try await scene.resume(decisions: decisions).result == .done)
        #expect(asked.withLock { $0 } == ["one/pay n1"])
        #expect(scene.log("n1") == ["pay", "pay", "next"])
    }

    @Test(
        "a probe that is declared to prove absence decides, in the run that began it and in a resumed one alike",
        arguments: ["once", "destructive"], [false, true])
    func declared(stepClass: String, isResumed: Bool) async throws {
        let scene = try scene(stepClass, isProof: true, isLong: false)
        cutWork(scene, isLong: false)
        if isResumed {
            let began = Mutex(false)
            scene.fleet.onArrival { [fleet = scene.fleet] node, command in
                try? fleet.touch(fleet.has("started", on: node) ? "go" : "other", on: node)
                let isFirst = began.withLock { began in
                    defer { began = began || command.script.contains("echo pay >>") }
                    return !began && command.script.contains("echo pay >>")
                }
                if isFirst { fleet.makeUnreachable(node) }
            }
            #expect(try await scene.run().result == .unknown)
            scene.fleet.makeReachable("n1")
        }
        let ending = isResumed ? try await scene.resume() : try await scene.run()
        #expect(ending.result == .done, "\(ending.failures)")
        #expect(scene.log("n1") == ["pay", "pay", "next"])
        #expect(ending.lines(.intent) == ["intent pay n1", "intent pay n1", "intent next n1"])
    }

    @Test("a long one that failed while nobody listened is told as a failure and taken back, not done again unseen")
    func failedUnseen() async throws {
        let apply = """
            echo pay >>"$NODE_ROOT/log"; : >"$NODE_ROOT/started"
            until [ -e "$NODE_ROOT/go" ]; do sleep 0.02; done
            exit 7
            """
        let scene = try Scene(
            TOML.runbook(("one", [TOML.step("pay", class: "once", apply: apply, isLong: true)])), nodes: ["n1"])
        scene.fleet.plan(.lostOnce(file: "started"), on: "n1", at: .script("systemd-run"))
        scene.fleet.onArrival { [fleet = scene.fleet] node, command in
            if command.script.contains("systemd-run") { fleet.makeUnreachable(node) }
        }
        #expect(try await scene.run().result == .unknown)
        scene.fleet.onArrival { _, _ in }
        scene.fleet.makeReachable("n1")
        try scene.fleet.touch("go", on: "n1")
        let ending = try await scene.resume()
        #expect(ending.result == .rolledBack)
        #expect(ending.failures.first?.message == "an earlier process of this run began it, and it failed: exit code 7")
        #expect(scene.log("n1") == ["pay", "undo-pay"])
    }

    @Test("`needed_is_proof` needs a probe, and a step that must not run twice")
    func reading() throws {
        for (more, isFine) in [
            ("class = \"once\"\nprobe = \"true\"", true), ("class = \"destructive\"\nprobe = \"true\"", true),
            ("class = \"once\"", false), ("probe = \"true\"", false), ("class = \"pure\"\nprobe = \"true\"", false),
        ] {
            let text = """
                [runbook]
                name = "test"
                [[stage]]
                name = "one"
                [[stage.step]]
                id = "a"
                action = "shell"
                [stage.step.with]
                apply = "true"
                needed_is_proof = true
                \(more)
                """
            if isFine {
                _ = try Scene(text)
            } else {
                #expect(throws: (any Error).self, "\(more)") { _ = try Scene(text) }
            }
        }
    }
}
