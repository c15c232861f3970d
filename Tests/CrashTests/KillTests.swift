import TestSupport
import Testing

/// SIGKILL at every place where harun talks to its journal or to a node.
@Suite("Killed anywhere", .tags(.crash))
struct KillTests {
    @Test("killed at any failpoint and resumed, a run ends as if nothing had happened", .timeLimit(.minutes(30)))
    func everywhere() async throws {
        let whole = try await Reference(isFailing: false)
        let (reached, flaws) = try await Matrix.walk { point in
            let ordeal = try Ordeal()
            let first = try await ordeal.run(at: point)
            let last = first == .killed ? try await ordeal.run() : first
            return (first == .killed, try await whole.flaws(of: ordeal, ended: last))
        }
        #expect(flaws == [])
        // Lanes of two nodes share commits and replies, so the number differs a little from run to run.
        #expect(reached >= whole.passed - 10, "only \(reached) of \(whole.passed) failpoints were reached")
    }

    @Test("killed anywhere while a failed stage is taken back, it still is", .timeLimit(.minutes(30)))
    func takingBack() async throws {
        let good = try await Reference(isFailing: false)
        let whole = try await Reference(isFailing: true)
        // Up to its last stage it is the run of the test above.
        let first = max(1, good.passed - 12)
        let (reached, flaws) = try await Matrix.walk(from: first) { point in
            let ordeal = try Ordeal(isFailing: true)
            let first = try await ordeal.run(at: point)
            let last = first == .killed ? try await ordeal.run() : first
            return (first == .killed, try await whole.flaws(of: ordeal, ended: last))
        }
        #expect(flaws == [])
        #expect(reached >= whole.passed - first - 10, "only \(reached) failpoints from \(first) to \(whole.passed)")
    }

    @Test("killed once more while it is resumed, it still does", .timeLimit(.minutes(30)))
    func twice() async throws {
        let whole = try await Reference(isFailing: false)
        var generator = SeededGenerator(seed: UInt64.random(in: 0..<1_000_000))
        let seed = generator.seed
        let points = (0..<Matrix.samples).map { _ in
            (Int.random(in: 1...whole.passed, using: &generator), Int.random(in: 1...whole.passed, using: &generator))
        }
        let (_, flaws) = try await Matrix.walk { number in
            guard number <= points.count else { return (false, []) }
            let ordeal = try Ordeal()
            let (first, second) = points[number - 1]
            _ = try await ordeal.run(at: first)
            _ = try await ordeal.run(at: second)
            return (true, try await whole.flaws(of: ordeal, ended: try await ordeal.run()))
        }
        #expect(flaws == [], "seed \(seed), kills at \(points)")
    }
}
