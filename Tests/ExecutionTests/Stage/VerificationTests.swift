import Execution
import Journaling
import Planning
import TestSupport
import Testing
import Transport

@Suite("What a probe proves")
struct VerificationTests {
    @Test("a step that ran but is not true afterwards has failed")
    func denied() async throws {
        let scene = try Scene(TOML.runbook(("one", [TOML.step("a", apply: "echo done nothing")])), nodes: ["n1"])
        let ending = try await scene.run(onFailure: .stop)
        #expect(ending.result == .failed)
        let failure = try #require(ending.failures.first)
        #expect(failure.message.hasPrefix("the step ran, but its verification says:"))
        #expect(failure.output == "done nothing")
        #expect(ending.end?.failed == 1)
        #expect(ending.lines(.checkpoint) == [])
    }

    @Test("an apply script that fails is a failure with its exit code and its last words")
    func failedApply() async throws {
        let scene = try Scene(
            TOML.runbook(("one", [TOML.step("a", apply: "echo first; echo broken >&2; exit 7")])), nodes: ["n1"])
        let ending = try await scene.run(onFailure: .stop)
        #expect(ending.failures.first?.message == "exit code 7")
        #expect(ending.failures.first?.output == "first\nbroken")
    }

    @Test("the first failing command ends an apply script")
    func setE() async throws {
        let scene = try Scene(
            TOML.runbook(("one", [TOML.step("a", apply: "false\n: >\"$NODE_ROOT/a\"")])), nodes: ["n1"])
        #expect(try await scene.run(onFailure: .stop).result == .failed)
        #expect(!scene.fleet.has("a", on: "n1"))
    }

    @Test("a probe that ends without a proof is a failure, never a reason to change something")
    func probeWithoutProof() async throws {
        // A syntax error ends the whole batch, so that no probe behind it has an end.
        let scene = try Scene(
            TOML.runbook(("one", [TOML.step("a", probe: "if; then"), TOML.step("b")])), nodes: ["n1"])
        let ending = try await scene.run()
        #expect(ending.result == .failed)
        #expect(ending.lines(.intent) == [])
        #expect(scene.log("n1") == [])
    }

    @Test("a guard that refuses in the probe changes nothing and ends with exit code 4")
    func refusedByProbe() async throws {
        let scene = try Scene(
            TOML.runbook(("one", [TOML.step("a"), TOML.step("b", probe: "echo disk is not empty; exit 20")])))
        let ending = try await scene.run()
        #expect(ending.result == .refused)
        #expect(ending.result.exitCode == 4)
        #expect(ending.lines(.intent).allSatisfy { !$0.contains(" b ") })
        for node in Scene.three { #expect(!scene.fleet.has("a", on: node)) }
        #expect(ending.end?.changed == 0)
    }

    @Test("a guard that refuses in the work is a refusal and is not taken back")
    func refusedByApply() async throws {
        let scene = try Scene(TOML.runbook(("one", [TOML.step("a", apply: "refuse 'it holds data'")])), nodes: ["n1"])
        let ending = try await scene.run()
        #expect(ending.result == .refused)
        #expect(ending.failures.first?.message == "it holds data")
        #expect(ending.lines(.undo, .undone) == [])
    }

    @Test("a script's own exit codes 20 and 21 are failures where no guard said why", arguments: [20, 21])
    func bareCodes(code: Int) async throws {
        let scene = try Scene(
            TOML.runbook(("one", [TOML.step("a", apply: ": >\"$NODE_ROOT/a\"; exit \(code)")])), nodes: ["n1"])
        let ending = try await scene.run()
        #expect(ending.result == .rolledBack)
        #expect(ending.failures.first?.message == "exit code \(code)")
        #expect(!scene.fleet.has("a", on: "n1"))
    }

    @Test("two errors on two nodes are both reported, with the nodes in order")
    func twoErrors() async throws {
        let apply = "[ $NODE_NAME = n2 ] || { echo broken on $NODE_NAME; exit 3; }; : >\"$NODE_ROOT/a\""
        for isFleetWide in [false, true] {
            let scene = try Scene(
                TOML.runbook(("one", [TOML.step("a", apply: apply)])),
                change: { if isFleetWide { $0.makeFleetWide("a") } })
            let ending = try await scene.run(onFailure: .stop)
            // Without a barrier one node may be stopped by the other's failure before it began.
            #expect(ending.failures.map(\.node) == ["n1", "n3"] || !isFleetWide && ending.failures.count == 1)
            #expect(ending.lines(.failed).count == (isFleetWide ? 3 : ending.failures.count))
        }
    }

    @Test("two nodes that refuse are both reported")
    func twoRefusals() async throws {
        let scene = try Scene(
            TOML.runbook(("one", [TOML.step("a", probe: "[ $NODE_NAME = n2 ] || exit 20")])),
            change: { $0.makeFleetWide("a") })
        let ending = try await scene.run()
        #expect(ending.result == .refused)
        #expect(ending.failures.map(\.node) == ["n1", "n3"])
        #expect(ending.end?.failed == 2)
    }

    @Test("a step without a probe is done in every run and needs no other proof than its success")
    func withoutProbe() async throws {
        let runbook = """
            [runbook]
            name = "test"
            [[stage]]
            name = "one"
            [[stage.step]]
            id = "always"
            action = "shell"
            with = { apply = 'echo always >>"$NODE_ROOT/log"' }
            """
        let scene = try Scene(runbook, nodes: ["n1"])
        #expect(try await scene.run().result == .done)
        #expect(try await scene.run().result == .done)
        #expect(scene.log("n1") == ["always", "always"])
    }

    @Test("work is not begun where the step's folder on the node cannot be made")
    func noStateFolder() async throws {
        let scene = try Scene(TOML.runbook(("one", [TOML.step("a")])), nodes: ["n1"])
        try scene.fleet.touch("var", on: "n1")
        let ending = try await scene.run(onFailure: .stop)
        #expect(ending.result == .failed)
        #expect(scene.log("n1") == [])
        #expect(ending.failures.first?.output?.contains("mkdir") == true)
    }

    @Test("secrets that a script prints stay out of the journal")
    func secrets() async throws {
        let canary = "canary-5f1e"
        let scene = try Scene(
            TOML.runbook(
                ("one", [TOML.step("a", apply: "cat \"$NODE_ROOT/../word\" | secret password; : >\"$NODE_ROOT/a\"")])),
            nodes: ["n1"])
        try Scene.write(canary, to: scene.fleet.folder + "/word")
        let ending = try await scene.run()
        #expect(ending.result == .done)
        let everything = ending.events.map { "\($0)" }.joined()
        #expect(!everything.contains(canary))
        #expect(!everything.contains("Y2FuYXJ5"), "its base64 neither")
    }
}
