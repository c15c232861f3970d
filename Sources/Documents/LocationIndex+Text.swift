extension LocationIndex {
    /// The keys of `a."b c".d`.
    mutating func keyPath() throws(Stuck) -> [Segment] {
        var path: [Segment] = []
        while true {
            skipSpaces()
            let mark = cursor.mark
            guard path.count < Self.deepest else {
                throw refuse("keys are nested deeper than \(Self.deepest) levels", at: mark)
            }
            path.append(Segment(key: try key(), mark: mark))
            skipSpaces()
            guard cursor.current == UInt8(ascii: ".") else { return path }
            cursor.advance()
        }
    }

    private mutating func key() throws(Stuck) -> String {
        if cursor.isAt("\"\"\"") || cursor.isAt("'''") { throw refuse("a key stands in single quotation marks") }
        if cursor.current == UInt8(ascii: "\"") || cursor.current == UInt8(ascii: "'") { return try quoted() }
        let start = cursor.offset
        cursor.skip(while: Self.isBareKey)
        guard cursor.offset > start else {
            let isMissing = cursor.current.map { "=.,]}\r\n".utf8.contains($0) } ?? true
            throw refuse(isMissing ? "a key is missing here" : "a key of other than A-Z a-z 0-9 _ - stands in quotes")
        }
        return cursor.text(from: start)
    }

    private static func isBareKey(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "-"):
            true
        default: false
        }
    }

    /// A string of any of the four kinds, decoded.
    mutating func quoted() throws(Stuck) -> String {
        let mark = cursor.mark
        guard let quote = cursor.current else { throw refuse("a string is missing here") }
        let isLiteral = quote == UInt8(ascii: "'")
        guard cursor.peek(1) == quote && cursor.peek(2) == quote else {
            cursor.advance()
            return try line(until: quote, isLiteral: isLiteral, from: mark)
        }
        cursor.advance(3)
        return try lines(until: quote, isLiteral: isLiteral, from: mark)
    }

    private mutating func line(
        until quote: UInt8, isLiteral: Bool, from start: PlacedNode.Mark
    ) throws(Stuck) -> String {
        var decoded: [UInt8] = []
        while let byte = cursor.current {
            if byte == quote {
                cursor.advance()
                return String(decoding: decoded, as: UTF8.self)
            }
            if byte == UInt8(ascii: "\n") { break }
            try character(byte, isLiteral: isLiteral, into: &decoded)
        }
        throw refuse("the string has no end on its line", at: start)
    }

    private mutating func lines(
        until quote: UInt8, isLiteral: Bool, from start: PlacedNode.Mark
    ) throws(Stuck) -> String {
        var decoded: [UInt8] = []
        while let byte = cursor.current {
            guard byte == quote else {
                try character(byte, isLiteral: isLiteral, into: &decoded)
                continue
            }
            // Up to two quotes may stand right before the three that end the string.
            var count = 0
            while count < 5, cursor.peek(count) == quote { count += 1 }
            cursor.advance(count)
            if count >= 3 { return String(decoding: decoded, as: UTF8.self) }
            decoded += Array(repeating: quote, count: count)
        }
        throw refuse("the string has no end", at: start)
    }

    private mutating func character(_ byte: UInt8, isLiteral: Bool, into decoded: inout [UInt8]) throws(Stuck) {
        guard !isLiteral, byte == UInt8(ascii: "\\") else {
            decoded.append(byte)
            cursor.advance()
            return
        }
        let mark = cursor.mark
        cursor.advance()
        guard let escape = cursor.current else { throw refuse("the string has no end", at: mark) }
        cursor.advance()
        switch escape {
        case UInt8(ascii: "b"): decoded.append(0x08)
        case UInt8(ascii: "t"): decoded.append(0x09)
        case UInt8(ascii: "n"): decoded.append(0x0A)
        case UInt8(ascii: "f"): decoded.append(0x0C)
        case UInt8(ascii: "r"): decoded.append(0x0D)
        case UInt8(ascii: "u"): decoded += try scalar(digits: 4, at: mark)
        case UInt8(ascii: "U"): decoded += try scalar(digits: 8, at: mark)
        default: decoded.append(escape)
        }
    }

    /// NUL is refused here: the parser hands strings over as C strings and would cut them short.
    private mutating func scalar(digits: Int, at mark: PlacedNode.Mark) throws(Stuck) -> String.UTF8View {
        let start = cursor.offset
        cursor.advance(digits)
        guard let code = UInt32(cursor.text(from: start), radix: 16), let scalar = Unicode.Scalar(code) else {
            throw refuse("the escape names no character", at: mark)
        }
        if code == 0 { throw refuse("a NUL character cannot stand in a string", at: mark) }
        return String(scalar).utf8
    }

    /// Skips spaces and tabs.
    mutating func skipSpaces() { cursor.skip { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\t") } }

    /// Skips a comment up to the end of its line.
    mutating func skipComment() {
        if cursor.current == UInt8(ascii: "#") { cursor.skip { $0 != UInt8(ascii: "\n") } }
    }

    /// Skips one line break, and tells whether there was one.
    mutating func skipLineEnd() -> Bool {
        if cursor.isAt("\r\n") { cursor.advance() }
        guard cursor.current == UInt8(ascii: "\n") else { return false }
        cursor.advance()
        return true
    }

    /// Skips everything up to the next key, header or value.
    mutating func skipBlankLines() {
        repeat {
            skipSpaces()
            skipComment()
        } while skipLineEnd()
    }
}
