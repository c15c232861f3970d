import Actions
import Documents
import Execution
import Journaling
import Planning
import Steps
import Synchronization
import TestSupport
import Testing
import Transport

/// A step that would interrupt a service, or bring one.
private struct InterruptingStep: Action {
    static let kind = "test.outage"

    let base: any Action
    var interrupts: Outage?
    var brings = false

    init(_ base: any Action, interrupts: Outage? = nil, brings: Bool = false) {
        self.base = base
        self.interrupts = interrupts
        self.brings = brings
    }

    init?(reading with: TableReader, peers: [Peer]) { nil }

    var summary: String { base.summary }
    var stepClass: StepClass { base.stepClass }
    var undo: Undo { base.undo }
    var scope: Scope { base.scope }
    func probe(_ node: NodeName) -> Script { base.probe(node) }
    func apply(_ node: NodeName, _ observations: [NodeName: Observation]) -> Script? { base.apply(node, observations) }
    func undo(_ node: NodeName) -> Script? { base.undo(node) }
    func outage(_ observations: [NodeName: Observation]) -> Outage? { interrupts }
    func bringsService(_ observations: [NodeName: Observation]) -> Bool { brings }
}

@Suite("Outages are agreed to")
struct OutageTests {
    private static let proof = Outage(what: "stops shop and starts it elsewhere", last: "76.4 s", isForProof: true)
    private static let restart = Outage(what: "stops shop and starts it again", isForProof: false)

    private let runbook = TOML.runbook(("one", [TOML.step("a")]), ("two", [TOML.step("b"), TOML.step("c")]))

    /// `b` interrupts; `a` brings the service, where that is said.
    private func scene(_ outage: Outage, brings: Bool = false, _ runbook: String? = nil) throws -> Scene {
        try Scene(runbook ?? self.runbook, nodes: ["n1"]) { plan in
            for stage in plan.stages.indices {
                for index in plan.stages[stage].steps.indices {
                    let base = plan.stages[stage].steps[index].action
                    switch plan.stages[stage].steps[index].id.step {
                    case "a": plan.stages[stage].steps[index].action = InterruptingStep(base, brings: brings)
                    case "b": plan.stages[stage].steps[index].action = InterruptingStep(base, interrupts: outage)
                    default: break
                    }
                }
            }
        }
    }

    @Test("a stale proof is left as it is where nobody agreed, with the line that renews it, and the run is done")
    func deferred() async throws {
        let scene = try scene(Self.proof)
        let decisions = Decisions(outageCommand: { "harun deploy x --only \($0.id.stage) --outage" })
        let ending = try await scene.run(decisions: decisions)
        #expect(ending.result == .done && ending.result.exitCode == 0)
        #expect(scene.log("n1") == ["a", "c"])
        let event = try #require(ending.events.first { $0.event == .deferred })
        #expect(event.message?.contains("nothing was done, since it stops shop and starts it elsewhere") == true)
        #expect(event.message?.contains("harun deploy x --only two --outage") == true)
        #expect(ending.end?.deferred == 1 && ending.end?.failed == 0)
        #expect(ending.lines(.intent) == ["intent a n1", "intent c n1"])
    }

    @Test("a change that interrupts the service is refused where nobody agreed, before anything of it is done")
    func refused() async throws {
        let scene = try scene(Self.restart)
        let ending = try await scene.run()
        #expect(ending.result == .refused)
        #expect(ending.failures.first?.message.contains("stops shop and starts it again") == true)
        #expect(ending.failures.first?.message.contains("--outage") == true)
        #expect(!scene.log("n1").contains("b") && !scene.log("n1").contains("c"))
        #expect(ending.lines(.intent) == ["intent a n1"])
    }

    @Test("what was agreed to when the run began is in its first event, and no later process loses it")
    func agreed() async throws {
        for outage in [Self.proof, Self.restart] {
            let scene = try scene(outage)
            let ending = try await scene.run(outage: true)
            #expect(ending.result == .done)
            #expect(ending.events.first?.outage == true)
            #expect(scene.log("n1") == ["a", "b", "c"])
            for count in 1...ending.events.count {
                let resume = Event(.resume, run: RunID("run-1"), time: "")
                #expect(RunState(Array(ending.events.prefix(count)) + [resume]).acceptsOutage)
            }
        }
    }

    @Test("a resume agrees to nothing that was not agreed to, but to what is agreed to now")
    func resumed() async throws {
        let scene = try scene(Self.restart)
        #expect(try await scene.run().result == .refused)
        #expect(try await scene.resume().result == .refused)
        let ending = try await scene.resume(outage: true)
        #expect(ending.result == .done)
        #expect(ending.events.filter { $0.event == .resume }.map(\.outage) == [nil, true])
        #expect(scene.log("n1").filter { $0 == "b" } == ["b"])
    }

    @Test("an answer at the terminal is asked for with what is interrupted, and kept with the intent")
    func answered() async throws {
        let scene = try scene(Self.proof)
        let asked = Mutex<[Outage]>([])
        let decisions = Decisions(agreesToOutage: { _, outage, _ in
            asked.withLock { $0.append(outage) }
            return true
        })
        let ending = try await scene.run(decisions: decisions)
        #expect(ending.result == .done)
        #expect(asked.withLock { $0 } == [Self.proof])
        let intents = ending.events.filter { $0.event == .intent }
        #expect(intents.map(\.outage) == [nil, true, nil])
        // Cut off behind the intent, the answer still holds; once the step has its end, it does not.
        let key = RunState.Key(step: StepID(stage: "two", step: "b"), node: "n1")
        let cut = ending.events.firstIndex { $0.event == .intent && $0.outage == true } ?? 0
        #expect(RunState(ending.events[...cut]).isOutageAgreed(key))
        #expect(!ending.state.isOutageAgreed(key))
    }

    @Test("a service that this very run brought is nobody's yet, also for whoever goes on with the run")
    func own() async throws {
        let scene = try scene(Self.restart, brings: true)
        let ending = try await scene.run()
        #expect(ending.result == .done)
        #expect(ending.state.bringsService)
        #expect(ending.events.first?.outage == nil)
        // Taken back, it is not there any more.
        _ = try await scene.rollBack(RunID("run-1"))
        #expect(!RunState(try await scene.journal.events(of: RunID("run-1"))).bringsService)
    }

    @Test("a plan tells of the outage of a step that is needed, and of no other")
    func plan() async throws {
        let scene = try scene(Self.proof)
        let probe = PlanProbe(scene.plan, connections: scene.connections(), recorder: scene.recorder("plan"))
        #expect(try await probe.rows(of: scene.plan.stages[1]).map(\.outage) == [Self.proof, nil])
        try scene.fleet.touch("b", on: "n1")
        #expect(try await probe.rows(of: scene.plan.stages[1]).map(\.outage) == [nil, nil])
    }
}
