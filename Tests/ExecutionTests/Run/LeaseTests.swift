import Foundation
import Journaling
import Planning
import Synchronization
import TestSupport
import Testing
import Transport

@testable import Execution

@Suite("Leases on nodes")
struct LeaseTests {
    private static let file = "var/lib/harun/lease"

    private func scene(_ steps: [String] = [TOML.step("a"), TOML.step("b")], nodes: [NodeName] = Scene.three) throws
        -> Scene
    {
        try Scene(TOML.runbook(("one", steps)), nodes: nodes)
    }

    private func other(_ run: String = "other", owner: String = "ana@desk") -> Leases {
        Leases(Lease(run: RunID(run), owner: owner))
    }

    /// Somebody else's lease on these nodes, taken as a run of theirs would.
    private func take(_ leases: Leases, on nodes: [NodeName], of scene: Scene) async -> [StepFailure] {
        await leases.take(on: nodes, NodeRunner(connections: scene.connections(), recorder: scene.recorder("lease")))
    }

    private func lease(_ node: NodeName, _ scene: Scene, _ key: String) -> String? {
        scene.fleet.lines(of: Self.file, on: node).last { $0.hasPrefix("\(key) ") }.map {
            String($0.dropFirst(key.count + 1))
        }
    }

    @Test("it is there from before the first step to the run's end, root's alone, with owner and run")
    func life() async throws {
        let scene = try scene()
        let seen = Mutex<[String: String]>([:])
        let ending = try await scene.run(leases: Leases(Lease(run: scene.nextRun, owner: "ana@desk"))) { event in
            guard event.event == .intent, let node = event.node else { return }
            let path = scene.fleet.root(of: node) + "/" + Self.file
            let mode = (try? FileManager.default.attributesOfItem(atPath: path))?[.posixPermissions] as? Int
            let text = (try? String(contentsOfFile: path, encoding: .utf8)) ?? ""
            seen.withLock { $0[node.text] = "\(String(mode ?? 0, radix: 8)) \(text)" }
        }
        #expect(ending.result == .done)
        for node in Scene.three {
            let text = try #require(seen.withLock { $0[node.text] })
            #expect(text.hasPrefix("600 token "))
            #expect(text.contains("\nowner ana@desk\nrun run-1\nsince 2"))
            #expect(!scene.fleet.has(Self.file, on: node))
        }
    }

    @Test("each script that writes extends it, and the end of the script shortens it again")
    func renewal() async throws {
        let scene = try scene([TOML.step("a", apply: "cp /var/lib/harun/lease \"$NODE_ROOT/a\"")], nodes: ["n1"])
        try scene.fleet.setUptime(1000, on: "n1")
        let ending = try await scene.run(leases: Leases(Lease(run: scene.nextRun, owner: "ana@desk"))) { event in
            if event.event == .intent { try? scene.fleet.setUptime(1500, on: "n1") }
        }
        #expect(ending.result == .done)
        let lines = scene.fleet.lines(of: "a", on: "n1").filter { $0.hasPrefix("until") }
        // Taken at 1000 for 600 s; at 1500 for as much and the 300 s that the step may take.
        #expect(lines == ["until 1600 600", "until 2400 900"])
    }

    @Test("a converged run asks each node three times: lease, probes, lease")
    func roundTrips() async throws {
        let scene = try scene()
        _ = try await scene.run()
        let before = scene.commandCounts()
        #expect(try await scene.run(leases: other("run-2")).result == .done)
        #expect(zip(scene.commandCounts(), before).map { $0 - $1 } == [3, 3, 3])
    }

    @Test("where somebody holds one node, nothing is written on any, and who it is is said")
    func held() async throws {
        let scene = try scene()
        try scene.fleet.setUptime(100, on: "n2")
        #expect(await take(other(), on: ["n2"], of: scene).isEmpty)
        try scene.fleet.setUptime(150, on: "n2")
        let ending = try await scene.run(leases: Leases(Lease(run: scene.nextRun, owner: "eva@lap")) { _ in true })
        #expect(ending.result == .refused)
        let failure = try #require(ending.failures.first)
        #expect(ending.failures.count == 1)
        #expect(failure.node == "n2")
        #expect(failure.lease?.owner == "ana@desk")
        #expect(failure.lease?.left == 550)
        #expect(failure.message.contains("ana@desk has the lease of this node for run other: since 2"))
        #expect(failure.message.contains("550 s from now"))
        #expect(ending.events.contains { $0.event == .refused && $0.node == "n2" })
        for node in Scene.three { #expect(scene.log(node) == []) }
        for node in ["n1", "n3"] as [NodeName] { #expect(!scene.fleet.has(Self.file, on: node)) }
        #expect(lease("n2", scene, "owner") == "ana@desk")
    }

    @Test("one that is over is taken with consent, and never without", arguments: [true, false])
    func expiry(consent: Bool) async throws {
        let scene = try scene()
        for node in Scene.three { try scene.fleet.setUptime(100, on: node) }
        #expect(await take(other(), on: Scene.three, of: scene).isEmpty)
        for node in Scene.three { try scene.fleet.setUptime(700, on: node) }
        let asked = Mutex<[LeaseHolder]>([])
        let ending = try await scene.run(
            leases: Leases(Lease(run: scene.nextRun, owner: "eva@lap")) { holders in
                asked.withLock { $0 += holders }
                return consent
            })
        #expect(ending.result == (consent ? .done : .refused))
        let holders = asked.withLock { $0 }
        #expect(
            !holders.isEmpty && holders.allSatisfy { $0.isOver && $0.owner == "ana@desk" && $0.run == RunID("other") })
        for node in Scene.three { #expect(scene.log(node) == (consent ? ["a", "b"] : [])) }
    }

    @Test("one that is over on an idle node stays where its run is live on another")
    func idle() async throws {
        let scene = try scene()
        for node in Scene.three { try scene.fleet.setUptime(100, on: node) }
        #expect(await take(other(), on: Scene.three, of: scene).isEmpty)
        try scene.fleet.setUptime(700, on: "n1")
        let ending = try await scene.run(leases: Leases(Lease(run: scene.nextRun, owner: "eva@lap")) { _ in true })
        #expect(ending.result == .refused)
        for node in Scene.three { #expect(lease(node, scene, "owner") == "ana@desk") }
    }

    @Test("nobody is asked about a lease that is live")
    func live() async throws {
        let scene = try scene()
        for node in Scene.three { try scene.fleet.setUptime(100, on: node) }
        #expect(await take(other(), on: Scene.three, of: scene).isEmpty)
        for node in Scene.three { try scene.fleet.setUptime(699, on: node) }
        let ending = try await scene.run(
            leases: Leases(Lease(run: scene.nextRun, owner: "eva@lap")) { _ in
                Issue.record("asked")
                return true
            })
        #expect(ending.result == .refused)
    }

    @Test("a reboot frees no lease before its time, and leaves none for ever", arguments: [(599, false), (600, true)])
    func reboot(uptime: Int, isFree: Bool) async throws {
        let scene = try scene(nodes: ["n1"])
        try scene.fleet.setUptime(50_000, on: "n1")
        #expect(await take(other(), on: ["n1"], of: scene).isEmpty)
        try scene.fleet.setUptime(uptime, boot: "boot-2", on: "n1")
        let leases = Leases(Lease(run: scene.nextRun, owner: "eva@lap")) { _ in true }
        #expect(try await scene.run(leases: leases).result == (isFree ? .done : .refused))
    }

    @Test("a run goes on over the reboot of its node")
    func ownReboot() async throws {
        let scene = try scene(nodes: ["n1"])
        try scene.fleet.setUptime(50_000, on: "n1")
        let ending = try await scene.run(leases: Leases(Lease(run: scene.nextRun, owner: "ana@desk"))) { event in
            if event.event == .intent, event.step?.step == "b" {
                try? scene.fleet.setUptime(20, boot: "boot-2", on: "n1")
            }
        }
        #expect(ending.result == .done)
    }

    @Test("a run whose lease was over for long goes on, as long as nobody took it")
    func late() async throws {
        let scene = try scene(nodes: ["n1"])
        try scene.fleet.setUptime(100, on: "n1")
        let ending = try await scene.run(leases: Leases(Lease(run: scene.nextRun, owner: "ana@desk"))) { event in
            if event.event == .intent, event.step?.step == "b" { try? scene.fleet.setUptime(90_000, on: "n1") }
        }
        #expect(ending.result == .done)
    }

    @Test("a run whose lease somebody took writes nothing any more, not even to take its steps back")
    func taken() async throws {
        let scene = try scene(nodes: ["n1"])
        try scene.fleet.setUptime(100, on: "n1")
        let thief = Leases(Lease(run: RunID("thief"), owner: "eva@lap")) { _ in true }
        let runner = NodeRunner(connections: scene.connections(), recorder: scene.recorder("thief"))
        let stolen = Mutex(false)
        scene.fleet.onArrival { _, command in
            guard command.script.contains("echo b >>"), !stolen.withLock({ $0 }) else { return }
            stolen.withLock { $0 = true }
            try? scene.fleet.setUptime(5_000, on: "n1")
            #expect(await thief.take(on: ["n1"], runner).isEmpty)
        }
        let ending = try await scene.run(leases: Leases(Lease(run: scene.nextRun, owner: "ana@desk")))
        #expect(ending.result == .failed)
        #expect(ending.failures.first?.kind == .refused)
        #expect(ending.failures.first?.message.contains("held by eva@lap for run thief") == true)
        #expect(scene.log("n1") == ["a"], "neither b nor the undo of a")
        #expect(ending.lines(.undoFailed) == ["undo-failed a n1"])
        #expect(lease("n1", scene, "owner") == "eva@lap", "what is not one's own is not removed at the end")
    }

    @Test("the lease of one's own dead run is taken without asking, live as it is; that of a namesake elsewhere is not")
    func own() async throws {
        for (owner, isOwn) in [("ana@desk", true), ("ana@lap", false)] {
            let scene = try scene(nodes: ["n1"])
            #expect(await take(other("dead", owner: "ana@desk"), on: ["n1"], of: scene).isEmpty)
            let leases = Leases(Lease(run: scene.nextRun, owner: owner), own: [RunID("dead")]) { _ in
                Issue.record("asked")
                return true
            }
            #expect(try await scene.run(leases: leases).result == (isOwn ? .done : .refused))
        }
    }

    @Test("an answer that was lost is asked for again, and what cannot be had leaves nothing behind")
    func lost() async throws {
        let scene = try scene()
        scene.fleet.plan(.lostAfter, on: "n2", at: .command(1))
        #expect(try await scene.run(leases: Leases(Lease(run: scene.nextRun, owner: "a@b"))).result == .done)
        let second = try self.scene()
        for number in [1, 2] { second.fleet.plan(.lostBefore, on: "n3", at: .command(number)) }
        let ending = try await second.run(leases: Leases(Lease(run: second.nextRun, owner: "a@b")))
        #expect(ending.result == .failed)
        for node in Scene.three {
            #expect(second.log(node) == [])
            #expect(!second.fleet.has(Self.file, on: node))
        }
    }

    @Test("half a line, as a crash leaves it, and a file without a token are no lease")
    func torn() async throws {
        let scene = try scene(nodes: ["n1"])
        try scene.fleet.setUptime(100, on: "n1")
        #expect(await take(other(), on: ["n1"], of: scene).isEmpty)
        let path = scene.fleet.root(of: "n1") + "/" + Self.file
        let whole = try String(contentsOfFile: path, encoding: .utf8)
        try Scene.write(whole + "until 99999999", to: path)
        try scene.fleet.setUptime(700, on: "n1")
        let leases = Leases(Lease(run: scene.nextRun, owner: "eva@lap")) { $0.allSatisfy(\.isOver) }
        #expect(try await scene.run(leases: leases).result == .done)
        try Scene.write("", to: path)
        #expect(try await scene.run(leases: other("next")).result == .done)
    }

    @Test("many extensions are put together again")
    func compact() async throws {
        let steps = [TOML.step("a", apply: "wc -l </var/lib/harun/lease >\"$NODE_ROOT/a\"")]
        let scene = try scene(steps, nodes: ["n1"])
        try scene.fleet.setUptime(100, on: "n1")
        let path = scene.fleet.root(of: "n1") + "/" + Self.file
        let ending = try await scene.run(leases: Leases(Lease(run: scene.nextRun, owner: "a@b"))) { event in
            guard event.event == .intent, let whole = try? String(contentsOfFile: path, encoding: .utf8) else { return }
            try? Scene.write(whole + String(repeating: "until 700 600\n", count: 500), to: path)
        }
        #expect(ending.result == .done)
        #expect(scene.fleet.lines(of: "a", on: "n1") == ["6"])
    }
}
