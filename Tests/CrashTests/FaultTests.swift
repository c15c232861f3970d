import Glibc
import TestSupport
import Testing

/// Everything but harun itself breaks, once at every place where it can.
@Suite("Broken anywhere", .tags(.crash))
struct FaultTests {
    @Test(
        "a node that loses its power or its connection at any command is taken to the same end by the next run",
        .timeLimit(.minutes(30)), arguments: ["crash", "cut"])
    func nodes(fault: String) async throws {
        let whole = try await Reference(isFailing: false)
        let (reached, flaws) = try await Matrix.walk { point in
            let ordeal = try Ordeal()
            let first = try await ordeal.run(fault, at: point)
            guard case .ended(_, let passed) = first else { return (true, ["\(first)"]) }
            var last = try await ordeal.run(fault)
            for _ in 0..<3 {
                guard case .ended("unknown", _) = last else { break }
                // Whoever only types it again gets the same answer, and nothing is repeated.
                let again = try await ordeal.run(fault)
                guard case .ended("unknown", _) = again else { return (true, ["resumed again: \(again)"]) }
                guard try ordeal.answer() else { break }
                last = try await ordeal.run(fault)
            }
            return (passed >= point, try await whole.flaws(of: ordeal, ended: last))
        }
        #expect(flaws == [])
        #expect(reached > 20)
    }

    @Test(
        "a full disk at any write to the journal stops the run, and the next one ends it", .timeLimit(.minutes(30)),
        .enabled(if: geteuid() == 0, "only root can mount a small disk"))
    func disk() async throws {
        let whole = try await Reference(isFailing: false)
        let (reached, flaws) = try await Matrix.walk { point in
            let disk = try SmallDisk()
            let ordeal = try Ordeal(journalFolder: disk.path)
            let first = try await ordeal.run("full", at: point)
            try disk.free()
            let last = try await ordeal.run("full")
            let flaws = try await whole.flaws(of: ordeal, ended: last)
            guard case .ended(let result, let passed) = first else { return (true, ["\(first)"]) }
            let isReached = passed >= point
            if isReached, result != "no journal" { return (true, flaws + ["the run with the full disk: \(result)"]) }
            return (isReached, flaws)
        }
        #expect(flaws == [])
        #expect(reached > 20)
    }
}
