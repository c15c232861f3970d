import Journaling
import Planning
import Synchronization
import TestSupport
import Testing
import Transport

@testable import Execution

/// Two engines on the same nodes at once, each with a journal of its own, as two operators' machines.
@Suite("Two operators at once")
struct LeaseRaceTests {
    /// Yields a random number of times before each command is done, so that no two runs are interleaved alike.
    private static func shake(_ fleet: SimulatedFleet, _ dice: Dice) {
        fleet.onArrival { _, _ in
            for _ in 0..<dice.roll(0...40) { await Task.yield() }
        }
    }

    /// Random numbers for tasks that run at once.
    private final class Dice: Sendable {
        private let generator: Mutex<SeededGenerator>

        init(seed: UInt64) { generator = Mutex(SeededGenerator(seed: seed)) }

        func roll(_ range: ClosedRange<Int>) -> Int { generator.withLock { Int.random(in: range, using: &$0) } }
    }

    @Test("never both write, and what one wrote is whole", arguments: 0..<6)
    func race(number: Int) async throws {
        let seed = UInt64.random(in: 0..<1_000_000) &* 64 &+ UInt64(number)
        let dice = Dice(seed: seed)
        // Every step notes who writes, and that nobody else began before it ended.
        let steps = ["a", "b", "c"].map { id in
            TOML.step(
                id,
                apply: """
                    [ ! -e "$NODE_ROOT/busy" ] || echo overlap >>"$NODE_ROOT/wrong"
                    : >"$NODE_ROOT/busy"; echo "$HARUN_STATE" >>"$NODE_ROOT/writers"; rm -f "$NODE_ROOT/busy"
                    : >"$NODE_ROOT/\(id)"
                    """)
        }
        let book = TOML.runbook(("one", steps))
        let first = try Scene(book)
        let second = try Scene(book, fleet: first.fleet, earlier: 100)
        Self.shake(first.fleet, dice)
        // One of the two may be cut off anywhere, and leaves its lease behind.
        let cut = dice.roll(0...1) == 0 ? dice.roll(2...6) : nil
        if let cut { first.fleet.plan(.lostAfter, on: "n1", at: .command(cut)) }
        async let a = first.run(leases: Leases(Lease(run: first.nextRun, owner: "ana@desk")))
        async let b = second.run(leases: Leases(Lease(run: second.nextRun, owner: "eva@lap")))
        let results = try await [a.result, b.result]
        for node in Scene.three {
            let writers = first.fleet.lines(of: "writers", on: node).map { $0.contains("/run-1/") ? "a" : "b" }
            #expect(!first.fleet.has("wrong", on: node), "seed \(seed)")
            // One's steps all come before the other's, if the other had any.
            let changes = zip(writers, writers.dropFirst()).filter { $0 != $1 }.count
            #expect(changes <= 1, "seed \(seed): \(node) \(writers)")
        }
        #expect(results.allSatisfy { [.done, .refused, .rolledBack, .failed, .unknown].contains($0) }, "seed \(seed)")
        if cut == nil { #expect(results.contains(.done), "seed \(seed): one of two that start at once gets through") }
    }

    @Test("a thief that takes a lease that is over and its slow owner never both write", arguments: 0..<6)
    func theft(number: Int) async throws {
        let seed = UInt64.random(in: 0..<1_000_000) &* 64 &+ UInt64(number)
        let dice = Dice(seed: seed)
        let steps = (0..<6).map { index in
            TOML.step("s\(index)", apply: "echo \"$HARUN_STATE\" >>\"$NODE_ROOT/writers\"; : >\"$NODE_ROOT/s\(index)\"")
        }
        let book = TOML.runbook(("one", steps))
        let first = try Scene(book, nodes: ["n1"])
        let second = try Scene(book, nodes: ["n1"], fleet: first.fleet, earlier: 100)
        try first.fleet.setUptime(100, on: "n1")
        Self.shake(first.fleet, dice)
        let late = dice.roll(0...5)
        async let slow = first.run(leases: Leases(Lease(run: first.nextRun, owner: "ana@desk"))) { event in
            // The owner is held up for an hour right before this step.
            if event.event == .intent, event.step?.step == "s\(late)" { try? first.fleet.setUptime(3700, on: "n1") }
        }
        var thief = RunResult.refused
        for _ in 0..<40 where thief == .refused {
            thief = try await second.run(
                leases: Leases(Lease(run: second.nextRun, owner: "eva@lap")) { $0.allSatisfy(\.isOver) }
            ).result
        }
        let owner = try await slow.result
        let writers = first.fleet.lines(of: "writers", on: "n1").map { $0.contains("/run-1/") ? "a" : "b" }
        let changes = zip(writers, writers.dropFirst()).filter { $0 != $1 }.count
        #expect(changes <= 1, "seed \(seed): \(writers)")
        #expect(owner == .done || thief == .done || thief == .refused, "seed \(seed): \(owner) \(thief)")
    }
}
