import Execution
import Journaling
import Planning
import TestSupport
import Testing
import Transport

@Suite("Connections that fail")
struct ConnectionTests {
    private static let work = ": >\"$NODE_ROOT/a\""

    /// A step `a` that can be cut in its middle, the first time it runs.
    private static func slow(_ stepClass: String) -> String {
        TOML.step(
            "a", class: stepClass,
            apply: """
                echo begun >>"$NODE_ROOT/log"
                [ -e "$NODE_ROOT/half" ] || { : >"$NODE_ROOT/half"; sleep 60; }
                echo a >>"$NODE_ROOT/log"; \(work)
                """)
    }

    @Test("a node that does not answer at the start keeps every node untouched")
    func unreachableAtStart() async throws {
        let scene = try Scene(TOML.runbook(("one", [TOML.step("a")])))
        scene.fleet.makeUnreachable("n2")
        let ending = try await scene.run()
        #expect(ending.result == .failed)
        #expect(scene.commandCounts() == [0, 0, 0])
        #expect(ending.failures.map(\.node) == ["n2"])
        #expect(ending.lines() == ["start", "failed n2", "end"])
        #expect(ending.end?.failed == 1)
    }

    @Test("every node that does not answer is named")
    func twoUnreachable() async throws {
        let scene = try Scene(TOML.runbook(("one", [TOML.step("a")])))
        scene.fleet.makeUnreachable("n3")
        scene.fleet.makeUnreachable("n1")
        let ending = try await scene.run()
        #expect(ending.failures.map(\.node) == ["n1", "n3"])
        #expect(ending.lines(.failed) == ["failed n1", "failed n3"])
        #expect(ending.end?.failed == 2)
    }

    @Test(
        "a probe whose connection is lost is asked again over a new one",
        arguments: [
            SimulatedFleet.Fault.lostBefore, .lostAfter, .neverBegun,
        ])
    func lostProbe(fault: SimulatedFleet.Fault) async throws {
        let scene = try Scene(TOML.runbook(("one", [TOML.step("a")])))
        scene.fleet.plan(fault, on: "n2", at: .command(1))
        #expect(try await scene.run().result == .done)
        #expect(scene.fleet.connects(to: "n2") == 2)
        #expect(scene.log("n2") == ["a"])
    }

    @Test("nodes that go away before a stage stop the run, all of them in the journal")
    func goneBeforeStage() async throws {
        let scene = try Scene(TOML.runbook(("one", [TOML.step("a")]), ("two", [TOML.step("b")])))
        for node in ["n1", "n3"] as [NodeName] { scene.fleet.plan(.lostBefore, on: node, at: .command(3)) }
        let ending = try await scene.run { event in
            guard event.event == .checkpoint else { return }
            for node in ["n1", "n3"] as [NodeName] { scene.fleet.makeUnreachable(node) }
        }
        #expect(ending.result == .failed)
        #expect(ending.failures.map(\.node) == ["n1", "n3"])
        #expect(ending.lines(.failed).sorted() == ["failed b n1", "failed b n3"])
        #expect(ending.end?.failed == 2)
        #expect(scene.log("n2") == ["a"], "nothing is configured around a node that is away")
    }

    @Test(
        "work whose connection is lost goes on where the probe proves it",
        arguments: [SimulatedFleet.Fault.lostAfter, .timesOut], ["converge", "once", "destructive"])
    func provedAfterLoss(fault: SimulatedFleet.Fault, stepClass: String) async throws {
        let scene = try Scene(TOML.runbook(("one", [TOML.step("a", class: stepClass), TOML.step("b")])))
        scene.fleet.plan(fault, on: "n2", at: .script(Self.work))
        let ending = try await scene.run()
        #expect(ending.result == .done)
        for node in Scene.three { #expect(scene.log(node) == ["a", "b"]) }
        #expect(ending.end?.changed == 6)
    }

    @Test(
        "lost work that is proved never to have begun is begun once more",
        arguments: ["converge", "once", "destructive"])
    func neverBegun(stepClass: String) async throws {
        let scene = try Scene(
            TOML.runbook(("one", [TOML.step("z"), TOML.step("a", class: stepClass)])), nodes: ["n1", "n2"])
        scene.fleet.plan(.neverBegun, on: "n2", at: .script(Self.work))
        let ending = try await scene.run()
        #expect(ending.result == .done)
        #expect(ending.lines(.intent).filter { $0 == "intent a n2" }.count == 2)
        #expect(scene.log("n2") == ["z", "a"])
        #expect(ending.end?.changed == 4)
    }

    @Test(
        "lost work that had begun and is not done is begun once more only where it may be repeated",
        arguments: ["converge", "once", "destructive"])
    func cutInTheMiddle(stepClass: String) async throws {
        let scene = try Scene(TOML.runbook(("one", [TOML.step("z"), Self.slow(stepClass)])), nodes: ["n1"])
        scene.fleet.plan(.lostOnce(file: "half"), on: "n1", at: .script(Self.work))
        let ending = try await scene.run()
        if stepClass == "converge" {
            #expect(ending.result == .done)
            #expect(scene.log("n1") == ["z", "begun", "begun", "a"])
        } else {
            #expect(ending.result == .unknown)
            #expect(scene.log("n1") == ["z", "begun"])
        }
    }

    @Test("work that is lost twice is unknown: exit code 3, and nothing is taken back")
    func unproved() async throws {
        for stepClass in ["converge", "once", "destructive"] {
            let scene = try Scene(
                TOML.runbook(("one", [TOML.step("z"), TOML.step("a", class: stepClass)])), nodes: ["n1", "n2"])
            for _ in 0..<2 { scene.fleet.plan(.neverBegun, on: "n2", at: .script(Self.work)) }
            let ending = try await scene.run()
            #expect(ending.result == .unknown)
            #expect(ending.result.exitCode == 3)
            #expect(ending.lines(.unknown) == ["unknown a n2"])
            #expect(ending.lines(.undo, .undone, .kept) == [])
            #expect(scene.fleet.has("z", on: "n2"))
            #expect(!scene.log("n2").contains("a"))
            #expect(ending.failures.first?.message.hasPrefix("the connection was lost in mid-step") == true)
        }
    }

    @Test("lost work on a node that stays away is unknown")
    func staysAway() async throws {
        let scene = try Scene(TOML.runbook(("one", [TOML.step("a", class: "destructive")])), nodes: ["n1"])
        scene.fleet.plan(.lostAfter, on: "n1", at: .script(Self.work))
        scene.fleet.onArrival { node, command in
            if command.script.contains(Self.work) { scene.fleet.makeUnreachable(node) }
        }
        let ending = try await scene.run()
        #expect(ending.result == .unknown)
        #expect(scene.log("n1") == ["a"])
        #expect(ending.failures.first?.message.hasSuffix("the node could not be looked at") == true)
    }

    @Test("work that never began since its connection was gone has failed, and the stage is taken back")
    func notSent() async throws {
        let scene = try Scene(
            TOML.runbook(("one", [TOML.step("z"), TOML.step("a", class: "destructive")])), nodes: ["n1"])
        scene.fleet.plan(.lostBefore, on: "n1", at: .script(Self.work))
        let ending = try await scene.run()
        #expect(ending.failures.first?.kind == .failed)
        #expect(ending.lines(.undone) == ["undone a n1", "undone z n1"])
        #expect(!scene.log("n1").contains("a"))
    }

    @Test("a connection that ended while nobody used it is opened anew, and what must not be repeated is done over it")
    func idleEnd() async throws {
        let scene = try Scene(TOML.runbook(("one", [TOML.step("a", class: "destructive")])), nodes: ["n1", "n2"])
        let ending = try await scene.run { event in
            if event.event == .intent { scene.fleet.endConnections(to: "n1") }
        }
        #expect(ending.result == .done)
        #expect(scene.log("n1") == ["a"])
        #expect(scene.fleet.connects(to: "n1") == 2)
        #expect(scene.fleet.connects(to: "n2") == 1)
    }

    @Test("the whole fleet's lost work is judged by the probes of all nodes")
    func fleetLoss() async throws {
        for fault in [SimulatedFleet.Fault.lostAfter, .neverBegun] {
            let scene = try Scene(
                TOML.runbook(("one", [TOML.step("a", class: "destructive")])), change: { $0.makeFleetWide("a") })
            scene.fleet.plan(fault, on: "n2", at: .script(Self.work))
            let ending = try await scene.run()
            #expect(ending.result == (fault == .lostAfter ? .done : .unknown))
            #expect(scene.log("n1") == ["a"])
        }
    }

    @Test("a fleet's step is unknown where the connection is lost during its verification")
    func lostVerification() async throws {
        let scene = try Scene(
            TOML.runbook(("one", [TOML.step("a", class: "destructive")])), change: { $0.makeFleetWide("a") })
        // Command 1 probes, 2 works, 3 verifies and is asked again over a new connection.
        scene.fleet.plan(.lostBefore, on: "n3", at: .command(3))
        scene.fleet.plan(.lostBefore, on: "n3", at: .command(4))
        let ending = try await scene.run()
        #expect(ending.result == .unknown)
        #expect(ending.lines(.undo, .undone, .kept) == [])
        #expect(ending.failures.map(\.node) == ["n3"])
    }
}
