import Documents
import Testing

@Suite("TableReader")
struct TableReaderTests {
    private func reader(_ text: String) throws -> TableReader {
        TableReader(try Document.parse(text, file: "f"), title: "[t]")
    }

    private func errors(_ text: String, _ read: (TableReader) -> Void) throws -> [String] {
        let reader = try reader(text)
        read(reader)
        return reader.diagnostics.map { $0.description.replacing("f:", with: "", maxReplacements: 1) }
    }

    @Test("values of the right kind are handed out")
    func values() throws {
        let reader = try reader(
            "s = \"x\"\ni = 3\nb = true\na = [\"p\", \"q\"]\nd = \"2m\"\nw = \"on\"\nt = {}\n[[l]]\nk = 1\n[[l]]\n")
        #expect(reader.requiredString("s") == "x")
        #expect(reader.integer("i", in: 1...3) == 3)
        #expect(reader.boolean("b") == true)
        #expect(reader.strings("a") == ["p", "q"])
        #expect(reader.duration("d") == .seconds(120))
        #expect(reader.word("w", of: ["on", "off"]) == "on")
        #expect(reader.table("t")?.entries.isEmpty == true)
        #expect(reader.tables("l").count == 2)
        reader.finish()
        #expect(reader.diagnostics.isEmpty)
    }

    @Test("absent values are nil and no errors, unless they are required")
    func absent() throws {
        let found = try errors("") { reader in
            #expect(reader.string("s") == nil && reader.integer("i", in: 0...1) == nil && reader.boolean("b") == nil)
            #expect(reader.strings("a") == nil && reader.duration("d") == nil && reader.word("w", of: ["x"]) == nil)
            #expect(reader.table("t") == nil && reader.tables("l").isEmpty)
            #expect(reader.requiredString("r") == nil)
        }
        #expect(found == ["1:1: error: [t] needs `r`"])
    }

    @Test("every wrong kind is named at its place")
    func kinds() throws {
        let text =
            "s = 1\ni = \"1\"\nb = 1.5\na = [1]\nd = \"90\"\nw = \"x\"\nt = 1979-05-27\nl = {}\nr = \"\"\nn = 9\n"
        let found = try errors(text) { reader in
            _ = (reader.string("s"), reader.integer("i", in: 0...1), reader.boolean("b"), reader.strings("a"))
            _ = (reader.duration("d"), reader.word("w", of: ["on", "off"]), reader.table("t"), reader.tables("l"))
            _ = (reader.requiredString("r"), reader.integer("n", in: 1...8))
        }
        let expected = [
            "1:5: error: `s` must be a string, not an integer", "2:5: error: `i` must be an integer, not a string",
            "3:5: error: `b` must be true or false, not a number",
            "4:5: error: `a` must be an array of strings, not an array",
            "5:5: error: `d` must be a duration such as \"90s\", \"2m\" or \"1h\", not \"90\"",
            "6:5: error: `w` must be one of \"on\", \"off\", not \"x\"", "7:5: error: `t` must be a table, not a date",
            "8:5: error: `l` must be written as [[l]], not a table", "9:5: error: `r` must not be empty",
            "10:5: error: `n` must lie between 1 and 8",
        ]
        #expect(found == expected)
    }

    @Test("unknown keys are errors, with the nearest known one where it is near")
    func unknown() throws {
        let found = try errors("formt = 1\nxyzzy = 2\nformat = 3\n") { reader in
            _ = reader.value("format")
            reader.finish()
        }
        #expect(
            found == [
                "1:1: error: unknown key `formt` in [t]; did you mean `format`?",
                "2:1: error: unknown key `xyzzy` in [t]",
            ])
    }

    @Test(
        "durations have a unit",
        arguments: [
            ("90s", Duration.seconds(90)), ("2m", .seconds(120)), ("1h", .seconds(3600)), ("5ms", .milliseconds(5)),
            ("0s", .zero), ("", nil), ("s", nil), ("-1s", nil), ("1.5s", nil), ("1 s", nil), ("1d", nil), ("1S", nil),
            ("99999999999999999999s", nil), ("٣s", nil),
        ])
    func durations(text: String, expected: Duration?) {
        #expect(Duration(shorthand: text) == expected)
    }

    @Test("errors come in the order of the file", arguments: 0..<10)
    func order(round: Int) {
        let places = (1...20).map { Documents.SourceLocation(file: "f", line: $0 / 4, column: $0 % 4) }
        let error = DiagnosticError(places.shuffled().map { Diagnostic("x", at: $0) })
        #expect(error.diagnostics.map(\.location) == places)
    }

    @Test("edit distance counts what was inserted, deleted and replaced")
    func editDistance() {
        #expect("formt".editDistance(to: "format") == 1)
        #expect("".editDistance(to: "abc") == 3)
        #expect("kitten".editDistance(to: "sitting") == 3)
        #expect("a".editDistance(to: "a") == 0)
    }
}
