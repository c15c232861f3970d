import Journaling
import Planning
import TestSupport
import Testing
import Transport

/// What holds of the fold for every run, tried on random ones.
@Suite("The fold of any run")
struct FoldPropertyTests {
    /// SplitMix64: the same seed gives the same runs everywhere.

    /// What one node goes through: steps in order, each begun and ended somehow, some taken back in reverse.
    private func lane(_ node: NodeName, using generator: inout SeededGenerator) -> [Event] {
        var events: [Event] = []
        var done: [String] = []
        for number in 0..<Int.random(in: 1...6, using: &generator) {
            let step = "s\(number)"
            switch Int.random(in: 0..<5, using: &generator) {
            case 0: events.append(Samples.event(.unchanged, step, node))
            case 1:
                events += [Samples.event(.intent, step, node), Samples.event(.failed, step, node)]
                done.append(step)
            default:
                events += [Samples.event(.intent, step, node), Samples.event(.applied, step, node)]
                done.append(step)
            }
        }
        for step in done.reversed().prefix(Int.random(in: 0...3, using: &generator)) {
            events += [Samples.event(.undo, step, node), Samples.event(.undone, step, node)]
        }
        return events
    }

    private func lanes(using generator: inout SeededGenerator) -> [[Event]] {
        (1...Int.random(in: 1...5, using: &generator)).map { lane(NodeName("n\($0)"), using: &generator) }
    }

    /// The lanes' events in some order that keeps the order of each lane.
    private func merge(_ lanes: [[Event]], using generator: inout SeededGenerator) -> [Event] {
        var rest = lanes.map { $0[...] }
        var merged: [Event] = []
        while let index = rest.indices.filter({ !rest[$0].isEmpty }).randomElement(using: &generator) {
            merged.append(rest[index].removeFirst())
        }
        return merged
    }

    private func progress(_ state: RunState) -> [RunState.Key: RunState.Progress] {
        state.progress.filter { _ in true }
    }

    @Test("it is the same however the events of different nodes are interleaved", arguments: 0..<40)
    func interleaving(number: Int) {
        let seed = UInt64(number) &* 7919 &+ UInt64.random(in: 0..<1_000_000)
        var generator = SeededGenerator(seed: seed)
        let lanes = lanes(using: &generator)
        let first = RunState(merge(lanes, using: &generator))
        let second = RunState(merge(lanes, using: &generator))
        #expect(progress(first) == progress(second), "seed \(seed)")
        #expect(Set(first.touched) == Set(second.touched), "seed \(seed)")
        for node in Set(first.touched.map(\.node)) {
            #expect(
                first.touched.filter { $0.node == node } == second.touched.filter { $0.node == node }, "seed \(seed)")
        }
    }

    @Test("what is left to take back is, on each node, what was begun there and not taken back, in that order")
    func leftToTakeBack() {
        let seed = UInt64.random(in: 0..<1_000_000)
        var generator = SeededGenerator(seed: seed)
        for _ in 0..<200 {
            let lanes = lanes(using: &generator)
            let state = RunState(merge(lanes, using: &generator))
            for lane in lanes {
                let undone = Set(lane.filter { $0.event == .undone }.compactMap(\.step))
                let begun = lane.filter { $0.event == .intent }.compactMap(\.step)
                let left = state.touched.filter { $0.node == lane.first?.node }.map(\.step)
                #expect(left == begun.filter { !undone.contains($0) }, "seed \(seed)")
            }
        }
    }

    @Test("it goes on from every beginning of the journal to the same end, and knows at each what is open")
    func everyPrefix() {
        let seed = UInt64.random(in: 0..<1_000_000)
        var generator = SeededGenerator(seed: seed)
        for _ in 0..<20 {
            let events = merge(lanes(using: &generator), using: &generator)
            for count in 0...events.count {
                var state = RunState(events.prefix(count))
                let open = events.prefix(count).reduce(into: Set<RunState.Key>()) { open, event in
                    guard let step = event.step, let node = event.node else { return }
                    let key = RunState.Key(step: step, node: node)
                    if event.event == .intent || event.event == .undo { open.insert(key) } else { open.remove(key) }
                }
                #expect(Set(state.open) == open, "seed \(seed), \(count) events")
                for event in events.dropFirst(count) { state.apply(event) }
                #expect(state == RunState(events), "seed \(seed), \(count) events")
            }
        }
    }
}
