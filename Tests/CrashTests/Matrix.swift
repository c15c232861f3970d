import Foundation
import Synchronization

/// Goes through failpoints, a few at a time.
enum Matrix {
    /// How many samples the random tests take: more with `make crash`.
    static var samples: Int { ProcessInfo.processInfo.environment["HARUN_CRASH_SAMPLES"].flatMap { Int($0) } ?? 12 }

    /// Tries one failpoint after the other until one was never reached.
    ///
    /// - Parameter attempt: tries one; answers whether it was reached, and what was wrong in the end.
    /// - Returns: how many were reached, and everything that was wrong.
    static func walk(
        from first: Int = 1, _ attempt: @escaping @Sendable (Int) async throws -> (isReached: Bool, flaws: [String])
    ) async throws -> (reached: Int, flaws: [String]) {
        let walk = Walk(from: first)
        return try await withThrowingTaskGroup(of: (Int, [String]).self) { group in
            for _ in 0..<2 {
                group.addTask {
                    var reached = 0
                    var flaws: [String] = []
                    while let point = walk.next() {
                        let found = try await attempt(point)
                        flaws += found.flaws.map { "failpoint \(point): \($0)" }
                        if found.isReached { reached += 1 } else { walk.end() }
                    }
                    return (reached, flaws)
                }
            }
            var all: (reached: Int, flaws: [String]) = (0, [])
            for try await (reached, flaws) in group { all = (all.reached + reached, all.flaws + flaws) }
            return all
        }
    }

    /// Where the walkers are, together.
    private final class Walk: Sendable {
        private let point: Atomic<Int>
        private let isOver = Atomic(false)

        init(from first: Int) { point = Atomic(first) }

        func next() -> Int? {
            isOver.load(ordering: .acquiring) ? nil : point.add(1, ordering: .acquiringAndReleasing).oldValue
        }

        func end() { isOver.store(true, ordering: .releasing) }
    }
}
