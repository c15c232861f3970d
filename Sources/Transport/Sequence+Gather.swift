extension Sequence where Element: Sendable {
    /// Does something with each element at once, one for every node for example; all of them come to their end.
    ///
    /// - Returns: what came of each, in the order of the elements.
    package func gather<Answer: Sendable>(
        _ work: @escaping @Sendable (Element) async -> Answer
    ) async -> [Answer] {
        await withTaskGroup(of: (Int, Answer).self) { group in
            var count = 0
            for element in self {
                let index = count
                group.addTask { (index, await work(element)) }
                count += 1
            }
            var answers = [Answer?](repeating: nil, count: count)
            for await (index, answer) in group { answers[index] = answer }
            return answers.compactMap(\.self)
        }
    }

    /// The same of work that may fail: a failure of one keeps no other from its end.
    ///
    /// - Important: the `do throws(…)` is in a function of its own on purpose. In the closure of `addTask` itself, Swift 6.3.1
    ///   hands on a destroyed result when it optimises; `scripts/check` refuses that form.
    package func gatherResults<Answer: Sendable, Failure: Error>(
        _ work: @escaping @Sendable (Element) async throws(Failure) -> Answer
    ) async -> [Result<Answer, Failure>] {
        await gather { await result(of: work, $0) }
    }
}

private func result<Element: Sendable, Answer: Sendable, Failure: Error>(
    of work: @Sendable (Element) async throws(Failure) -> Answer, _ element: Element
) async -> Result<Answer, Failure> {
    do throws(Failure) {
        return .success(try await work(element))
    } catch {
        return .failure(error)
    }
}

extension Sequence where Element: Hashable & Sendable {
    /// What came of each element under its name, see ``gather(_:)``; each must be there once.
    package func gatherByName<Answer: Sendable>(
        _ work: @escaping @Sendable (Element) async -> Answer
    ) async -> [Element: Answer] {
        let elements = Array(self)
        return Dictionary(zip(elements, await elements.gather(work))) { first, _ in first }
    }
}
