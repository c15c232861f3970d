import Execution
import Journaling
import Planning
import Synchronization
import TestSupport
import Testing
import Transport

@Suite("When something fails on the way to a node")
struct FailurePolicyTests {
    @Test("a node that is away at a barrier stops the run; nothing is done or taken back around it")
    func unreachableAtBarrier() async throws {
        let scene = try Scene(
            TOML.runbook(("one", [TOML.step("a"), TOML.step("all", class: "destructive")])),
            change: { $0.makeFleetWide("all") })
        let ending = try await scene.run { event in
            if event.event == .intent, event.step?.step == "a", event.node == "n2" {
                // Its next connection is refused; the one that is open dies with the work's answer.
                scene.fleet.plan(.lostBefore, on: "n2", at: .script("-e \"$NODE_ROOT/all\""))
                scene.fleet.plan(.lostBefore, on: "n2", at: .script("-e \"$NODE_ROOT/all\""))
                scene.fleet.makeUnreachable("n2")
            }
        }
        #expect(ending.result == .failed)
        #expect(ending.failures.map(\.node) == ["n2"])
        #expect(ending.failures.first?.transport?.isRetryable == true)
        #expect(ending.lines(.undo, .rollback) == [])
        for node in Scene.three { #expect(!scene.log(node).contains("all")) }
        scene.fleet.makeReachable("n2")
        let resumed = try await scene.resume()
        #expect(resumed.result == .done)
        for node in Scene.three { #expect(scene.log(node) == ["a", "all"]) }
    }

    @Test("work that may be repeated and was not begun is tried once more; anything else is not")
    func retriedApply() async throws {
        for (stepClass, isRetried) in [("converge", true), ("once", false), ("destructive", false)] {
            let scene = try Scene(TOML.runbook(("one", [TOML.step("a", class: stepClass)])), nodes: ["n1"])
            scene.fleet.plan(.lostBefore, on: "n1", at: .script("echo a >>"))
            let ending = try await scene.run(onFailure: .stop)
            #expect(ending.result == (isRetried ? .done : .failed))
            #expect(scene.log("n1") == (isRetried ? ["a"] : []))
        }
    }

    @Test("connecting is tried again while a node is on its way up, and not for ever")
    func retriedConnect() async throws {
        let scene = try Scene(TOML.runbook(("one", [TOML.step("a")])), nodes: ["n1"])
        scene.fleet.makeUnreachable("n1")
        let connections = scene.connections(pauses: [.milliseconds(1), .milliseconds(1), .milliseconds(1)])
        #expect(await connections.connectAll().keys.map(\.text) == ["n1"])
        #expect(scene.fleet.connects(to: "n1") == 4)
        let task = Task {
            await scene.connections(pauses: Array(repeating: .milliseconds(5), count: 2000)).connectAll()
        }
        while scene.fleet.connects(to: "n1") < 6 { await Task.yield() }
        scene.fleet.makeReachable("n1")
        #expect(await task.value.isEmpty)
    }

    @Test("with --on-failure ask the operator decides whether a failed stage is taken back", arguments: [true, false])
    func ask(answer: Bool) async throws {
        let scene = try Scene(TOML.runbook(("one", [TOML.step("a"), TOML.step("b", apply: "false")])), nodes: ["n1"])
        let asked = Mutex<[String]>([])
        let decisions = Decisions(takesBack: { stage, failures in
            asked.withLock { $0.append("\(stage.name) \(failures.count)") }
            return answer
        })
        let ending = try await scene.run(onFailure: .ask, decisions: decisions)
        #expect(asked.withLock { $0 } == ["one 1"])
        #expect(ending.result == (answer ? .rolledBack : .failed))
        #expect(scene.fleet.has("a", on: "n1") == !answer)
    }
}
