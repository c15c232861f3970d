/// Takes a table apart key by key and collects everything that is wrong with it.
///
/// Reading goes on after an error, so that one look at the output mends the whole file. Keys that
/// nobody asked for are errors: a mistyped `formt = "never"` must never fall back to a default.
package final class TableReader {
    private let table: Table
    /// The table's name in messages: `[cluster]`, `the second [[node]]`.
    private let title: String
    private var known: [String] = []
    private var inner: [String: Set<String>] = [:]
    private(set) package var diagnostics: [Diagnostic] = []

    package init(_ table: Table, title: String) {
        self.table = table
        self.title = title
    }

    /// Where the table stands, for errors about something that it lacks.
    package var location: SourceLocation { table.location }

    /// Notes an error at a place.
    package func fail(_ message: String, at location: SourceLocation) {
        diagnostics.append(Diagnostic(message, at: location))
    }

    /// Takes over what another reader, of a table inside this one, found.
    package func absorb(_ other: TableReader) {
        diagnostics += other.diagnostics
        inner.merge(other.askedKeys) { $0.union($1) }
    }

    /// Every key that was asked for, by the table's title, those of tables inside this one too: what there is to know.
    package var askedKeys: [String: Set<String>] { inner.merging([title: Set(known)]) { $0.union($1) } }

    /// The raw value of a key, nil where it is absent.
    package func value(_ key: String) -> Value? {
        known.append(key)
        return table[key]
    }

    /// The raw value of a key that must be there.
    package func required(_ key: String) -> Value? {
        if let value = value(key) { return value }
        fail("\(title) needs `\(key)`", at: table.location)
        return nil
    }

    /// Converts a value, or notes what it should have been.
    ///
    /// - Parameter expected: in the words of the message: `a string`.
    package func convert<T>(_ value: Value?, key: String, expected: String, _ body: (Value) -> T?) -> T? {
        guard let value else { return nil }
        if let result = body(value) { return result }
        fail("`\(key)` must be \(expected), not \(value.kind)", at: value.location)
        return nil
    }

    /// An optional string.
    package func string(_ key: String) -> String? {
        convert(value(key), key: key, expected: "a string") { $0.string }
    }

    /// A string that must be there and not be empty.
    package func requiredString(_ key: String) -> String? {
        guard let value = required(key) else { return nil }
        guard let string = convert(value, key: key, expected: "a string", { $0.string }) else { return nil }
        if string.isEmpty { fail("`\(key)` must not be empty", at: value.location) }
        return string.isEmpty ? nil : string
    }

    /// An optional integer within bounds.
    package func integer(_ key: String, in range: ClosedRange<Int>) -> Int? {
        guard let value = value(key) else { return nil }
        guard let integer = convert(value, key: key, expected: "an integer", { $0.integer }) else { return nil }
        if range.contains(integer) { return integer }
        fail("`\(key)` must lie between \(range.lowerBound) and \(range.upperBound)", at: value.location)
        return nil
    }

    /// An optional truth value.
    package func boolean(_ key: String) -> Bool? {
        convert(value(key), key: key, expected: "true or false") { $0.boolean }
    }

    /// An optional array of strings.
    package func strings(_ key: String) -> [String]? {
        guard let value = value(key) else { return nil }
        return convert(value, key: key, expected: "an array of strings") { value in
            guard let array = value.array else { return nil }
            let strings = array.compactMap(\.string)
            return strings.count == array.count ? strings : nil
        }
    }

    /// One of a closed set of words.
    package func word(_ key: String, of words: [String]) -> String? {
        guard let value = value(key) else { return nil }
        guard let string = convert(value, key: key, expected: "a string", { $0.string }) else { return nil }
        if words.contains(string) { return string }
        let all = words.map { "\"\($0)\"" }.joined(separator: ", ")
        fail("`\(key)` must be one of \(all), not \"\(string)\"", at: value.location)
        return nil
    }

    /// A length of time such as `90s`, `2m` or `1h`.
    package func duration(_ key: String) -> Duration? {
        guard let value = value(key) else { return nil }
        guard let string = convert(value, key: key, expected: "a duration such as \"90s\"", { $0.string }) else {
            return nil
        }
        if let duration = Duration(shorthand: string) { return duration }
        fail("`\(key)` must be a duration such as \"90s\", \"2m\" or \"1h\", not \"\(string)\"", at: value.location)
        return nil
    }

    /// A table inside this one.
    package func table(_ key: String) -> Table? {
        convert(value(key), key: key, expected: "a table") { $0.table }
    }

    /// The tables of `[[key]]`.
    package func tables(_ key: String) -> [Table] {
        guard let value = value(key) else { return [] }
        let tables: [Table]? = convert(value, key: key, expected: "written as [[\(key)]]") { value in
            guard let array = value.array else { return nil }
            let tables = array.compactMap(\.table)
            return tables.count == array.count ? tables : nil
        }
        return tables ?? []
    }

    /// Ends the reading: every key that nobody asked for is an error, with the nearest known key named.
    package func finish() {
        for entry in table.entries where !known.contains(entry.key) {
            let nearest = known.min { entry.key.editDistance(to: $0) < entry.key.editDistance(to: $1) }
            let hint = nearest.map { entry.key.editDistance(to: $0) <= 2 ? "; did you mean `\($0)`?" : "" } ?? ""
            fail("unknown key `\(entry.key)` in \(title)\(hint)", at: entry.keyLocation)
        }
    }
}
