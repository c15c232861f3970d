/// What an uninterrupted run leaves: what every other one must leave too.
struct Reference: Sendable {
    private let result: String
    private let files: [String: String]
    /// How many failpoints for a kill it passed.
    let passed: Int

    init(isFailing: Bool) async throws {
        let ordeal = try Ordeal(isFailing: isFailing)
        guard case .ended(let result, let passed) = try await ordeal.run() else { throw Unfinished() }
        self.result = result
        self.passed = passed
        files = try await ordeal.files()
    }

    /// An uninterrupted run did not come to its end.
    struct Unfinished: Error {}

    /// In what an ordeal's end differs from this.
    func flaws(of ordeal: Ordeal, ended ending: Ordeal.Ending) async throws -> [String] {
        var flaws: [String] = []
        if case .ended(result, _) = ending {} else { flaws.append("the last run: \(ending), not \(result)") }
        let found = try await ordeal.files()
        for file in Set(found.keys).union(files.keys).sorted() where found[file] != files[file] {
            flaws.append("\(file) is \(found[file] ?? "not there"), not \(files[file] ?? "absent")")
        }
        return flaws + (try await ordeal.flaws())
    }
}
