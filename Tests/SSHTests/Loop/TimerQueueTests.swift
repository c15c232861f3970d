import TestSupport
import Testing

@testable import SSH

@Suite("deadlines")
struct TimerQueueTests {
    @Test(
        "actions come out in the order of their deadlines, without the cancelled ones",
        arguments: 0..<20 as Range<UInt64>)
    func order(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        var queue = TimerQueue<Int>()
        let start = ContinuousClock.now
        var expected: [Int] = []
        for _ in 0..<300 {
            let delay = Int.random(in: 0..<100_000, using: &random)
            let id = queue.schedule(delay, at: start + .microseconds(delay))
            if Int.random(in: 0..<3, using: &random) == 0 { expected.append(delay) } else { queue.cancel(id) }
        }
        #expect(queue.count == expected.count)
        var seen: [Int] = []
        while let action = queue.popDue(start + .seconds(1)) { seen.append(action) }
        #expect(seen == expected.sorted())
        #expect(queue.nextDue == nil)
    }

    @Test("nothing comes out before it is due")
    func early() {
        var queue = TimerQueue<Int>()
        let start = ContinuousClock.now
        _ = queue.schedule(1, at: start + .seconds(1))
        #expect(queue.popDue(start) == nil)
        #expect(queue.nextDue == start + .seconds(1))
        #expect(queue.popDue(start + .seconds(1)) == 1)
    }
}
