import Execution
import Journaling
import Planning
import TestSupport
import Testing
import Transport

@Suite("Faults at random")
struct FaultStormTests {
    /// SplitMix64: the same seed gives the same faults everywhere.

    @Test(
        "whatever is lost, a destructive step is done at most once and a run without faults ends it",
        arguments: 0..<24)
    func storm(number: Int) async throws {
        let seed = UInt64(number) &* 7919 &+ UInt64.random(in: 0..<1_000) &* 1_000_003
        var generator = SeededGenerator(seed: seed)
        let scene = try Scene(
            TOML.runbook(
                ("one", [TOML.step("a"), TOML.step("disk", class: "destructive", withUndo: false), TOML.step("b")]),
                ("two", [TOML.step("c"), TOML.step("all", class: "once", withUndo: false)])),
            nodes: ["n1", "n2"], change: { $0.makeFleetWide("all") })
        let faults: [SimulatedFleet.Fault] = [.lostBefore, .lostAfter, .neverBegun, .timesOut]
        for node in ["n1", "n2"] as [NodeName] {
            for _ in 0..<Int.random(in: 0...3, using: &generator) {
                let fault = try #require(faults.randomElement(using: &generator))
                scene.fleet.plan(fault, on: node, at: .command(Int.random(in: 1...9, using: &generator)))
            }
        }
        let stormy = try await scene.run()
        let context: Comment = "seed \(seed), the stormy run ended \(stormy.result.rawValue)"
        #expect(stormy.events.last?.event == .end, context)
        if stormy.result == .unknown { #expect(stormy.lines(.undo, .kept) == [], context) }
        if stormy.result == .done { #expect(stormy.failures == [], context) }
        // Faults that were not met stay planned; each later run meets fewer of them.
        var result = stormy.result
        for _ in 0..<8 where result != .done { result = try await scene.run().result }
        #expect(result == .done, context)
        for node in ["n1", "n2"] as [NodeName] {
            let log = scene.log(node)
            #expect(log.filter { $0 == "disk" }.count == 1, context)
            #expect(log.filter { $0 == "all" }.count == 1, context)
            for file in ["a", "b", "c", "disk", "all"] { #expect(scene.fleet.has(file, on: node), context) }
        }
    }
}
