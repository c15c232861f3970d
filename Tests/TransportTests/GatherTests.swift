import Synchronization
import Testing
import Transport

@Suite("Something done with many at once")
struct GatherTests {
    private struct Wrong: Error, Equatable { var number: Int }

    @Test("the answers stand in the order of the questions, whoever is ready first")
    func order() async {
        let answers = await (0..<40).gather { number in
            for _ in 0..<(40 - number) { await Task.yield() }
            return number * 2
        }
        #expect(answers == (0..<40).map { $0 * 2 })
        #expect(await [Int]().gather { $0 }.isEmpty)
    }

    @Test("all are under way together: each waits for the last one to have begun")
    func together() async {
        let begun = Mutex(0)
        let answers = await (0..<8).gather { number in
            begun.withLock { $0 += 1 }
            while begun.withLock({ $0 }) < 8 { await Task.yield() }
            return number
        }
        #expect(answers.count == 8)
    }

    @Test("a failure keeps no other from its end, and has its own place")
    func failures() async {
        let ended = Mutex(0)
        let answers = await (0..<6).gatherResults { (number: Int) async throws(Wrong) in
            if number % 2 == 0 { throw Wrong(number: number) }
            for _ in 0..<100 { await Task.yield() }
            ended.withLock { $0 += 1 }
            return number
        }
        #expect(ended.withLock { $0 } == 3)
        for (index, answer) in answers.enumerated() {
            #expect(answer == (index % 2 == 0 ? .failure(Wrong(number: index)) : .success(index)))
        }
    }

    @Test("an answer of nothing is an answer")
    func nothing() async {
        let answers = await [1, 2, 3].gatherByName { $0 == 2 ? nil : "\($0)" }
        #expect(answers == [1: "1", 2: nil, 3: "3"])
        #expect(answers.count == 3)
    }
}
