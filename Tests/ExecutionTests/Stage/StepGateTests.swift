import Actions
import Execution
import Journaling
import Planning
import Steps
import Synchronization
import TestSupport
import Testing
import Transport

/// Answers by the step's name and keeps what it was asked.
private final class Answers: StepGate {
    private let answers: [String: StepAnswer]
    private let asked = Mutex<[StepQuestion]>([])

    private let meanwhile: @Sendable (StepQuestion) -> Void

    /// - Parameter meanwhile: what happens while the question is thought about.
    init(_ answers: [String: StepAnswer] = [:], meanwhile: @escaping @Sendable (StepQuestion) -> Void = { _ in }) {
        self.answers = answers
        self.meanwhile = meanwhile
    }

    var questions: [StepQuestion] { asked.withLock { $0 } }

    func answer(_ question: StepQuestion) async -> StepAnswer {
        asked.withLock { $0.append(question) }
        meanwhile(question)
        return answers[question.step.id.step] ?? .run
    }
}

@Suite("Step mode")
struct StepGateTests {
    private let runbook = TOML.runbook(("one", [TOML.step("a"), TOML.step("b")]), ("two", [TOML.step("c")]))

    @Test("each step is asked for once, for all its nodes, with what would be run on each")
    func onceAStep() async throws {
        let scene = try Scene(runbook)
        let gate = Answers()
        #expect(try await scene.run(decisions: Decisions(gate: gate)).result == .done)
        #expect(gate.questions.map(\.step.id.step) == ["a", "b", "c"])
        let first = try #require(gate.questions.first)
        #expect(Set(first.needed.keys) == Set(Scene.three))
        #expect(first.scripts["n2"]?.text.contains("echo a >>") == true)
        #expect(first.observations["n3"]?.code == 10)
    }

    @Test("what is true already is not asked for, on a node or altogether")
    func alreadyTrue() async throws {
        let scene = try Scene(runbook)
        for node in Scene.three { try scene.fleet.touch("b", on: node) }
        try scene.fleet.touch("a", on: "n1")
        let gate = Answers()
        #expect(try await scene.run(decisions: Decisions(gate: gate)).result == .done)
        #expect(gate.questions.map(\.step.id.step) == ["a", "c"])
        #expect(Set(gate.questions[0].needed.keys) == ["n2", "n3"])
        #expect(gate.questions[0].satisfied == ["n1"])
    }

    @Test("before anything is asked nothing of the step was begun, and everything of the steps before it ended")
    func consistent() async throws {
        let scene = try Scene(runbook)
        let gate = Answers(["b": .stop])
        let ending = try await scene.run(decisions: Decisions(gate: gate))
        #expect(ending.result == .interrupted)
        for node in Scene.three { #expect(scene.log(node) == ["a"]) }
        #expect(ending.state.open == [])
        #expect(ending.lines(.checkpoint, .undo) == [])
        #expect(ending.lines(.intent).allSatisfy { $0.contains(" a ") })
    }

    @Test("a skipped step is journaled on each node and counted, and the others go on")
    func skip() async throws {
        for isFleetWide in [false, true] {
            let scene = try Scene(runbook, change: { if isFleetWide { $0.makeFleetWide("a") } })
            try scene.fleet.touch("a", on: "n1")
            let ending = try await scene.run(decisions: Decisions(gate: Answers(["a": .skip])))
            #expect(ending.result == .done)
            #expect(ending.lines(.skipped) == ["skipped a n2", "skipped a n3"])
            #expect(ending.end?.skipped == 2)
            for node in Scene.three { #expect(scene.log(node) == ["b", "c"]) }
            #expect(ending.state.progress[RunState.Key(step: StepID(stage: "one", step: "a"), node: "n2")] == .skipped)
        }
    }

    @Test("a step that was skipped on one node is asked for where another one needs it by now")
    func neededLater() async throws {
        let scene = try Scene(runbook)
        try scene.fleet.touch("a", on: "n1")
        _ = try await scene.run(decisions: Decisions(gate: Answers(["a": .skip, "b": .stop])))
        try scene.fleet.remove("a", on: "n1")
        let gate = Answers(["a": .skip])
        let ending = try await scene.resume(decisions: Decisions(gate: gate))
        #expect(ending.result == .done)
        #expect(gate.questions.first.map { Set($0.needed.keys) } == ["n1"])
        for node in Scene.three { #expect(!scene.fleet.has("a", on: node)) }
    }

    @Test("what became true while somebody thought about the answer is not done")
    func thinking() async throws {
        let scene = try Scene(runbook, nodes: ["n1"])
        let gate = Answers(["b": .stop]) { question in
            if question.step.id.step == "a" { try? scene.fleet.touch("a", on: "n1") }
        }
        let ending = try await scene.run(decisions: Decisions(gate: gate))
        #expect(ending.lines(.intent) == [])
        #expect(scene.log("n1") == [])
    }

    @Test("a step that needs a skipped one fails with its own probe's or script's words")
    func dependent() async throws {
        let scene = try Scene(
            TOML.runbook(
                (
                    "one",
                    [
                        TOML.step("a"),
                        TOML.step("b", apply: "[ -e \"$NODE_ROOT/a\" ] || { echo a is missing; exit 1; }"),
                    ]
                )),
            nodes: ["n1"])
        let ending = try await scene.run(onFailure: .stop, decisions: Decisions(gate: Answers(["a": .skip])))
        #expect(ending.result == .failed)
        #expect(ending.failures.first?.output == "a is missing")
    }

    @Test("what was skipped stays skipped when the run goes on, and is not asked for again")
    func resumed() async throws {
        let scene = try Scene(runbook, nodes: ["n1"])
        let first = try await scene.run(decisions: Decisions(gate: Answers(["a": .skip, "b": .stop])))
        #expect(first.result == .interrupted)
        let gate = Answers()
        let second = try await scene.resume(decisions: Decisions(gate: gate))
        #expect(second.result == .done)
        #expect(gate.questions.map(\.step.id.step) == ["b", "c"])
        #expect(second.end?.skipped == 1)
        #expect(scene.log("n1") == ["b", "c"])
    }

    @Test("a guard that refuses ends the run without a question")
    func refused() async throws {
        let scene = try Scene(TOML.runbook(("one", [TOML.step("a", probe: "exit 20")])), nodes: ["n1"])
        let gate = Answers()
        #expect(try await scene.run(decisions: Decisions(gate: gate)).result == .refused)
        #expect(gate.questions.isEmpty)
    }

    @Test("a rolling step and one of the whole fleet are asked for once each")
    func otherKinds() async throws {
        let scene = try Scene(
            TOML.runbook(("one", [TOML.step("a", rolling: true), TOML.step("b")])),
            change: { $0.makeFleetWide("b") })
        let gate = Answers()
        #expect(try await scene.run(decisions: Decisions(gate: gate)).result == .done)
        #expect(gate.questions.map(\.step.id.step) == ["a", "b"])
        #expect(gate.questions.allSatisfy { $0.needed.count == 3 })
    }
}
