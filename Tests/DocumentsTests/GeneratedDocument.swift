import Documents
import TestSupport

/// A random TOML document that knows where it put what.
///
/// Places are counted from the finished text and not by the code under test.
struct GeneratedDocument {
    /// Where a value was put, and the value itself where it is no table and no array.
    struct Expectation: Equatable {
        var key: String?
        var value: String
        var scalar: Value.Content?
    }

    private(set) var text = ""
    /// By path: `/a/b/0`.
    private(set) var expected: [String: Expectation] = [:]
    private var random: SeededGenerator
    private var count = 0
    private let newline: String

    init(random: SeededGenerator) {
        self.random = random
        newline = self.random.chance(30) ? "\r\n" : "\n"
        for _ in 0..<self.random.below(4) { pairs(under: "") }
        for _ in 0..<self.random.below(6) { section() }
        if self.random.chance(30) { comment() }
    }

    private var place: String {
        let lines = text.unicodeScalars.split(separator: "\n", omittingEmptySubsequences: false)
        return "\(lines.count):\((lines.last?.count ?? 0) + 1)"
    }

    private mutating func spaces() { text += random.one(of: ["", " ", "\t", "  "]) }
    private mutating func comment() { text += "# comment [x] = \"é\" '" }

    private mutating func lineEnd() {
        spaces()
        if random.chance(30) { comment() }
        text += newline
        while random.chance(20) {
            spaces()
            if random.chance(50) { comment() }
            text += newline
        }
    }

    /// Writes a new key and gives its name.
    private mutating func newKey() -> String {
        count += 1
        switch random.below(5) {
        case 0: return "quoted \(count) é"
        case 1: return "lit.eral\(count)"
        case 2: return "esc\"\\\(count)"
        default: return "key-\(count)_"
        }
    }

    private mutating func write(key: String) {
        if key.allSatisfy({ $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "-" || $0 == "_") }) {
            text += key
        } else if key.contains("\"") {
            text += "\"" + key.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"") + "\""
        } else if random.chance(50) {
            text += "'\(key)'"
        } else {
            text += "\"\(key)\""
        }
    }

    /// One pair, or several under a dotted prefix.
    private mutating func pairs(under path: String) {
        if random.chance(70) {
            pair(under: path, prefix: [])
        } else {
            let prefix = (0...random.below(2)).map { _ in newKey() }
            for _ in 0...random.below(2) { pair(under: path, prefix: prefix) }
        }
    }

    private mutating func pair(under path: String, prefix: [String]) {
        spaces()
        inlinePair(under: path, prefix: prefix)
        lineEnd()
    }

    private mutating func inlinePair(under path: String, prefix: [String], depth: Int = 0) {
        var path = path
        for key in prefix {
            path += "/" + key
            if expected[path] == nil { expected[path] = Expectation(key: place, value: place) }
            write(key: key)
            spaces()
            text += "."
            spaces()
        }
        let key = newKey()
        let keyPlace = place
        write(key: key)
        spaces()
        text += "="
        spaces()
        value(at: path + "/" + key, key: keyPlace, depth: depth)
    }

    private mutating func section() {
        let name = newKey()
        if random.chance(60) {
            header([name], opening: "[", closing: "]", path: "/" + name)
            for _ in 0..<random.below(4) { pairs(under: "/" + name) }
            if random.chance(40) {
                let inner = newKey()
                header([name, inner], opening: "[", closing: "]", path: "/\(name)/\(inner)")
                for _ in 0..<random.below(3) { pairs(under: "/\(name)/\(inner)") }
            }
        } else {
            for index in 0...random.below(3) {
                header([name], opening: "[[", closing: "]]", path: "/\(name)", element: index)
                for _ in 0..<random.below(3) { pairs(under: "/\(name)/\(index)") }
                if random.chance(30) {
                    let inner = newKey()
                    header([name, inner], opening: "[", closing: "]", path: "/\(name)/\(index)/\(inner)")
                    pairs(under: "/\(name)/\(index)/\(inner)")
                }
            }
        }
    }

    private mutating func header(
        _ keys: [String], opening: String, closing: String, path: String, element: Int? = nil
    ) {
        spaces()
        let headerPlace = place
        text += opening
        var keyPlace = ""
        for (index, key) in keys.enumerated() {
            if index > 0 { text += "." }
            spaces()
            keyPlace = place
            write(key: key)
            spaces()
        }
        text += closing
        if expected[path] == nil { expected[path] = Expectation(key: keyPlace, value: headerPlace) }
        if let element { expected["\(path)/\(element)"] = Expectation(value: headerPlace) }
        lineEnd()
    }

    private mutating func value(at path: String, key: String?, depth: Int) {
        let start = place
        var scalar: Value.Content?
        switch random.below(depth < 3 ? 10 : 8) {
        case 0:
            let number = random.below(100_000) - 50_000
            text += "\(number)"
            scalar = .integer(number)
        case 1:
            scalar = .boolean(random.chance(50))
            text += scalar == .boolean(true) ? "true" : "false"
        case 2:
            let date = random.one(of: ["1979-05-27", "07:32:00", "1979-05-27 07:32:00", "1979-05-27T00:32:00Z"])
            text += date
            scalar = .date(date)
        case 3:
            text += "1.5"
            scalar = .double(1.5)
        case 4...7:
            scalar = .string(string(isInline: depth > 0))
        case 8:
            array(at: path, depth: depth)
        default:
            table(at: path, depth: depth)
        }
        expected[path] = Expectation(key: key, value: start, scalar: scalar)
    }

    private mutating func string(isInline: Bool) -> String {
        let (written, meant) = random.one(of: [
            ("\"a # b = [é] '\"", "a # b = [é] '"), ("\"\\\"\\\\\\u00e9\\t\\U0001F600\"", "\"\\é\t😀"), ("''", ""),
            ("'c:\\x \"y\" # z'", "c:\\x \"y\" # z"), ("\"\"\"one \"two\"\" three\"\"\"", "one \"two\"\" three"),
            ("\"\"\"end\"\"\"\"\"", "end\"\""), ("'''it''s # '''''", "it''s # ''"), ("\"\"", ""),
            ("\"\"\"\n[x]\nk = 1 \\\n   more\"\"\"", "[x]\nk = 1 more"), ("'''\n[x]\nk = 1'''", "[x]\nk = 1"),
        ])
        text += written
        return meant
    }

    private mutating func array(at path: String, depth: Int) {
        text += "["
        let size = random.below(4)
        for index in 0..<size {
            gap()
            value(at: "\(path)/\(index)", key: nil, depth: depth + 1)
            gap()
            if index < size - 1 || random.chance(30) { text += "," }
        }
        gap()
        text += "]"
    }

    /// Between the values of an array stand line breaks and comments too.
    private mutating func gap() {
        spaces()
        if random.chance(20) { lineEnd() }
    }

    private mutating func table(at path: String, depth: Int) {
        text += "{"
        let size = random.below(3)
        for index in 0..<size {
            spaces()
            inlinePair(under: path, prefix: random.chance(20) ? [newKey()] : [], depth: depth + 1)
            spaces()
            if index < size - 1 { text += "," }
        }
        spaces()
        text += "}"
    }
}
