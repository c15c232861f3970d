/// Tells how TOML writes numbers, truth values, dates and times.
///
/// By hand and not by regular expressions: these are compiled anew at each use, and an inventory of
/// thousands of nodes has thousands of ports.
struct ScalarSyntax {
    private var rest: Substring.UTF8View

    private init(_ text: Substring) { rest = text.utf8 }

    /// Whether a text is written as TOML has it; whether it is in range is for the parser to say.
    static func accepts(_ text: String) -> Bool {
        if text == "true" || text == "false" { return true }
        var syntax = Self(text[...])
        if syntax.radixNumber() || syntax.number() { return true }
        syntax = Self(text[...])
        return syntax.moment()
    }

    /// `0x1F`, `0o17` or `0b11`, to the end.
    private mutating func radixNumber() -> Bool {
        let whole = rest
        if eat("0x"), digits(where: Self.isHexDigit), rest.isEmpty { return true }
        rest = whole
        if eat("0o"), digits(where: { (0x30...0x37).contains($0) }), rest.isEmpty { return true }
        rest = whole
        if eat("0b"), digits(where: { $0 == 0x30 || $0 == 0x31 }), rest.isEmpty { return true }
        rest = whole
        return false
    }

    /// `-1_000`, `1.5e+6`, `inf` or `nan`, to the end.
    private mutating func number() -> Bool {
        if !eat("+") { _ = eat("-") }
        if eat("inf") || eat("nan") { return rest.isEmpty }
        let startsWithZero = rest.first == UInt8(ascii: "0")
        let before = rest.count
        guard digits(where: Self.isDigit), !startsWithZero || before - rest.count == 1 else { return false }
        if eat("."), !digits(where: Self.isDigit) { return false }
        if eat("e") || eat("E") {
            if !eat("+") { _ = eat("-") }
            guard digits(where: Self.isDigit) else { return false }
        }
        return rest.isEmpty
    }

    /// A date, a time, or both with or without an offset, to the end.
    private mutating func moment() -> Bool {
        let whole = rest
        if digits(4), eat("-"), digits(2), eat("-"), digits(2) {
            if rest.isEmpty { return true }
            guard eat("T") || eat("t") || eat(" "), time() else { return false }
            if rest.isEmpty || eat("Z") || eat("z") { return rest.isEmpty }
            return (eat("+") || eat("-")) && digits(2) && eat(":") && digits(2) && rest.isEmpty
        }
        rest = whole
        return time() && rest.isEmpty
    }

    private mutating func time() -> Bool {
        guard digits(2), eat(":"), digits(2), eat(":"), digits(2) else { return false }
        guard eat(".") else { return true }
        let before = rest.count
        rest = rest.drop(while: Self.isDigit)
        return rest.count < before
    }

    private mutating func eat(_ text: StaticString) -> Bool {
        let wanted = UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount)
        guard rest.starts(with: wanted) else { return false }
        rest = rest.dropFirst(wanted.count)
        return true
    }

    /// So many digits.
    private mutating func digits(_ count: Int) -> Bool {
        guard rest.prefix(count).count == count, rest.prefix(count).allSatisfy(Self.isDigit) else { return false }
        rest = rest.dropFirst(count)
        return true
    }

    /// One digit or more, with single underscores between digits only.
    private mutating func digits(where isDigit: (UInt8) -> Bool) -> Bool {
        guard let first = rest.first, isDigit(first) else { return false }
        while let next = rest.first {
            if isDigit(next) {
                rest = rest.dropFirst()
            } else if next == UInt8(ascii: "_"), let after = rest.dropFirst().first, isDigit(after) {
                rest = rest.dropFirst(2)
            } else {
                break
            }
        }
        return true
    }

    private static func isDigit(_ byte: UInt8) -> Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) }

    private static func isHexDigit(_ byte: UInt8) -> Bool {
        isDigit(byte) || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains(byte | 0x20)
    }
}
