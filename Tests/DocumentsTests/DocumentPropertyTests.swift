import TestSupport
import Testing

@testable import Documents

@Suite("Document, on random texts")
struct DocumentPropertyTests {
    /// Everything of a table by path, in the words of a generated document.
    private func flatten(_ table: Table, path: String = "") -> [(String, GeneratedDocument.Expectation)] {
        table.entries.flatMap { flatten($0.value, path: path + "/" + $0.key, key: $0.keyLocation) }
    }

    private func flatten(
        _ value: Value, path: String, key: Documents.SourceLocation?
    ) -> [(String, GeneratedDocument.Expectation)] {
        func short(_ place: Documents.SourceLocation) -> String { "\(place.line):\(place.column)" }
        var here = GeneratedDocument.Expectation(key: key.map(short), value: short(value.location))
        switch value.content {
        case .table(let table): return [(path, here)] + flatten(table, path: path)
        case .array(let array):
            return [(path, here)]
                + array.enumerated().flatMap { flatten($0.element, path: "\(path)/\($0.offset)", key: nil) }
        default:
            here.scalar = value.content
            return [(path, here)]
        }
    }

    @Test("every key and value of a random document stands where it was written")
    func places() throws {
        var random = SeededGenerator(for: "places")
        for _ in 0..<400 {
            let document = GeneratedDocument(random: SeededGenerator(seed: random.next()))
            let found = flatten(try Document.parse(document.text, file: "f"))
            try #require(Set(found.map(\.0)) == Set(document.expected.keys), "\(document.text)")
            for (path, found) in found {
                try #require(found == document.expected[path], "\(path) in:\n\(document.text)")
            }
        }
    }

    @Test("a table's keys come in the order of the file")
    func order() throws {
        let table = try Document.parse("z = 1\na.b = 2\n[y]\n[b]\n[a.c]\n", file: "f")
        #expect(table.entries.map(\.key) == ["z", "a", "y", "b"])
    }

    @Test("mutilated documents are read or refused, and what is read has its places")
    func mutations() throws {
        var random = SeededGenerator(for: "mutations")
        var accepted = 0
        for _ in 0..<2000 {
            let document = GeneratedDocument(random: SeededGenerator(seed: random.next()))
            var bytes = Array(document.text.utf8)
            for _ in 0...random.below(4) { mutate(&bytes, &random) }
            var repetitions: [Diagnostic] = []
            guard let table = try? Document.parse(bytes: bytes, file: "f", repetitions: &repetitions) else { continue }
            accepted += 1
            let text = String(decoding: bytes, as: UTF8.self)
            var content = bytes
            if content.starts(with: [0xEF, 0xBB, 0xBF]) { content.removeFirst(3) }
            try #require(LocationIndex(content).wellFormedEnd == content.count, "\(text.debugDescription)")
            try check(table, in: text)
        }
        print("mutations: \(accepted) of 2000 were still TOML")
        #expect(accepted > 100)
    }

    private func mutate(_ bytes: inout [UInt8], _ random: inout SeededGenerator) {
        let marks = Array("\"'[]{}=.,#\n\r\\ \t\u{0}aé10x+Ee_TZ-_:\"\"\"'''\u{FEFF}".utf8) + [0xFF, 0x80]
        let place = random.below(bytes.count + 1)
        switch random.below(5) {
        case 0: bytes.insert(random.one(of: marks), at: place)
        case 1 where place < bytes.count: bytes.remove(at: place)
        case 2 where place < bytes.count: bytes[place] = random.one(of: marks)
        case 3 where place < bytes.count:
            let end = min(bytes.count, place + random.below(20))
            bytes.insert(contentsOf: bytes[place..<end], at: random.below(bytes.count + 1))
        default:
            let lines = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
            bytes += [UInt8(ascii: "\n")] + random.one(of: lines.map(Array.init))
        }
    }

    /// Each value must begin, in the text at its place, with what values of its kind begin with.
    private func check(_ table: Table, in text: String) throws {
        let lines = text.unicodeScalars.split(separator: "\n", omittingEmptySubsequences: false).map(Array.init)
        let hasMark = text.unicodeScalars.first == "\u{FEFF}"
        func scalar(at place: Documents.SourceLocation) -> Unicode.Scalar? {
            guard place.line <= lines.count else { return nil }
            let column = place.column - 1 + (hasMark && place.line == 1 ? 1 : 0)
            return column < lines[place.line - 1].count ? lines[place.line - 1][column] : nil
        }
        func check(_ value: Value) throws {
            let first = scalar(at: value.location)
            switch value.content {
            case .string: try #require(first == "\"" || first == "'", "\(value) in \(text.debugDescription)")
            case .boolean(let truth): try #require(first == (truth ? "t" : "f"), "\(text.debugDescription)")
            case .array(let array):
                try #require(first == "[", "\(value) in \(text.debugDescription)")
                for element in array { try check(element) }
            case .table(let table): for entry in table.entries { try check(entry.value) }
            default: try #require(first != nil)
            }
        }
        for entry in table.entries {
            let first = scalar(at: entry.keyLocation)
            try #require(
                first == "\"" || first == "'" || first == entry.key.unicodeScalars.first,
                "\(entry.key) in \(text.debugDescription)")
            try check(entry.value)
        }
    }
}
