import Documents
import Testing

@Suite("Document")
struct DocumentTests {
    /// What is wrong with a text, one error a line.
    private func errors(_ text: String) -> String {
        do throws(DiagnosticError) {
            _ = try Document.parse(text, file: "f.toml")
            return ""
        } catch {
            return error.description
        }
    }

    private func errors(bytes: [UInt8]) -> String {
        var repetitions: [Diagnostic] = []
        do throws(DiagnosticError) {
            _ = try Document.parse(bytes: bytes, file: "f.toml", repetitions: &repetitions)
            return ""
        } catch {
            return error.description
        }
    }

    @Test(
        "a syntax error is shown at its place",
        arguments: [
            ("a = ", "1:5: error: a value is missing here"),
            ("a = [1,, 2]", "1:8: error: a value is missing here"),
            ("a = [1 2]", "1:8: error: `,` or `]` must follow the value"),
            ("\na = [\n1,\n", "4:1: error: the array that begins on line 2 has no end"),
            ("a = {b = 1,}", "1:12: error: a key is missing here"),
            ("a = [{b = 1, .c}]", "1:14: error: a key is missing here"),
            ("a = {b = 1\n}", "1:11: error: `,` or `}` must follow the value"),
            ("a = {b = 1", "1:11: error: the inline table that begins on line 1 has no end"),
            ("[a\n", "1:3: error: `]` must end the header here"),
            ("[[a]\n", "1:4: error: `]]` must end the header here"),
            ("[]", "1:2: error: a key is missing here"),
            ("a.", "1:3: error: a key is missing here"),
            ("a\nb = 1", "1:2: error: `=` and a value must follow the key"),
            ("x = 1\na = 1 b = 2", "2:7: error: the line must end here: one key and its value on each"),
            ("é = 1", "1:1: error: a key of other than A-Z a-z 0-9 _ - stands in quotes"),
            ("\"\"\"a\"\"\" = 1", "1:1: error: a key stands in single quotation marks"),
            ("a = x", "1:5: error: `x` is no number, date, true or false; text stands in quotes"),
            ("a = 10.0.0.1", "1:5: error: `10.0.0.1` is no number, date, true or false; text stands in quotes"),
            ("a = 01", "1:5: error: `01` is no number, date, true or false; text stands in quotes"),
            ("a = 12:00:\n", "1:5: error: `12:00:` is no number, date, true or false; text stands in quotes"),
            ("a = \"x\nb = 1", "1:5: error: the string has no end on its line"),
            ("a = \'\'\'x\nb = 1", "1:5: error: the string has no end"),
            ("\n  a = \"\\q\"", "2:9: error: syntax error in the string: unknown escape sequence '\\q'"),
            ("a = \"\\uD800\"", "1:6: error: the escape names no character"),
            ("a = 1\rb = 2", "1:6: error: the line must end here: one key and its value on each"),
            (
                "a = 2024-13-01",
                "1:12: error: syntax error in the date: expected month between 1 and 12 (inclusive), saw 13"
            ),
            (
                "a = 99999999999999999999",
                "1:25: error: syntax error in the decimal integer: '99999999999999999999' is not representable in 64 bits"
            ),
        ])
    func syntax(text: String, expected: String) {
        #expect(errors(text) == "f.toml:" + expected)
    }

    @Test("everything given twice is reported at once, whatever it is")
    func repetitions() {
        let text = """
            a = 1
            a = "é", 2
            """
        #expect(errors(text).hasPrefix("f.toml:2:1: error: `a` is given twice; the first is on line 1\nf.toml:2:8"))
        let many = """
            a = 1
            a = 2
            [b]
            c = 3
            "c" = { x = "é" } # comment
            [b]
            d = 4
            [e]
            f = { x = 1, x = "é", y = 2, x = 3 }
            g.h = 1
            g.h = 2
            g.h.i = 3
            [[l]]
            [l]
            m = 1
            [a.n]
            """
        let expected = """
            f.toml:2:1: error: `a` is given twice; the first is on line 1
            f.toml:5:1: error: `c` is given twice; the first is on line 4
            f.toml:6:2: error: `b` is given twice; the first is on line 3
            f.toml:9:14: error: `x` is given twice; the first is on line 9
            f.toml:9:30: error: `x` is given twice; the first is on line 9
            f.toml:11:3: error: `g.h` is given twice; the first is on line 10
            f.toml:12:3: error: `g.h` is given twice; the first is on line 10
            f.toml:14:2: error: `l` is given twice; the first is on line 13
            f.toml:16:2: error: `a` is given twice; the first is on line 1
            """
        #expect(errors(many) == expected)
    }

    @Test("where something is given twice, the first counts and the rest of the text is still read")
    func firstCounts() throws {
        var repetitions: [Diagnostic] = []
        let text = "a = 1\na = 2\n[b]\nc = 3\n[b]\nc = 4\nd = 5\n[e]\nf = 6\n"
        let table = try Document.parse(text, file: "f.toml", repetitions: &repetitions)
        #expect(repetitions.count == 2)
        #expect(table.entries.map(\.key) == ["a", "b", "e"])
        #expect(table["a"]?.integer == 1)
        #expect(table["b"]?.table?["c"]?.integer == 3)
        #expect(table["b"]?.table?["d"] == nil)
        #expect(table["e"]?.table?["f"]?.location == Documents.SourceLocation(file: "f.toml", line: 9, column: 5))
    }

    @Test("a byte order mark is no part of the text")
    func byteOrderMark() throws {
        let table = try Document.parse("\u{FEFF}a = 1", file: "f.toml")
        #expect(table["a"]?.location.column == 5)
    }

    @Test("lines that end in CR LF count as lines")
    func carriageReturns() throws {
        let table = try Document.parse("a = 1\r\n\r\nb = [\r\n 2]\r\n", file: "f.toml")
        #expect(table["b"]?.array?.first?.location == Documents.SourceLocation(file: "f.toml", line: 4, column: 2))
    }

    @Test("columns are characters and not bytes")
    func columns() throws {
        let table = try Document.parse("\"éé😀\" = \"é\"", file: "f.toml")
        #expect(table["éé😀"]?.location.column == 9)
    }

    @Test("bytes that are not UTF-8 are shown at their place")
    func invalidBytes() {
        let text = Array("a = 'é'\nb = 'é".utf8) + [0xC3, 0x28]
        #expect(errors(bytes: text) == "f.toml:2:7: error: the file is not UTF-8 text: a byte here is not valid")
        #expect(errors(bytes: [0xFF]) == "f.toml:1:1: error: the file is not UTF-8 text: a byte here is not valid")
        #expect(errors(bytes: Array("a = 1".utf8) + [0xE2, 0x82]).contains(":1:6:"))
    }

    @Test("NUL is refused, written as a byte or as an escape, in values and in keys")
    func nul() {
        #expect(errors("a = 1\n\u{0}") == "f.toml:2:1: error: a NUL byte cannot stand in a text file")
        let escape = "f.toml:1:7: error: a NUL character cannot stand in a string"
        #expect(errors("a = \"x\\u0000y\"") == escape)
        #expect(errors("a = \"x\\U00000000y\"") == escape)
        #expect(errors("\"a\\u0000\" = 1") == "f.toml:1:3: error: a NUL character cannot stand in a string")
    }

    @Test("nesting without end is refused and does not overflow the stack")
    func nesting() {
        let arrays = "a = " + String(repeating: "[", count: 100_000)
        #expect(errors(arrays) == "f.toml:1:69: error: values are nested deeper than 64 levels")
        let tables = "a = " + String(repeating: "{a=", count: 100_000)
        #expect(errors(tables).hasSuffix("error: values are nested deeper than 64 levels"))
        let keys = "[" + Array(repeating: "a", count: 100_000).joined(separator: ".") + "]"
        #expect(errors(keys) == "f.toml:1:130: error: keys are nested deeper than 64 levels")
    }

    @Test("an empty text is an empty table")
    func empty() throws {
        #expect(try Document.parse("", file: "f").entries.isEmpty)
        #expect(try Document.parse("# nothing\n\n", file: "f").entries.isEmpty)
    }
}
