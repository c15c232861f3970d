extension LocationIndex {
    /// A value of any kind.
    mutating func value(depth: Int) throws(Stuck) -> PlacedNode {
        let mark = cursor.mark
        guard depth <= Self.deepest else {
            throw refuse("values are nested deeper than \(Self.deepest) levels", at: mark)
        }
        switch cursor.current {
        case UInt8(ascii: "\""), UInt8(ascii: "'"):
            return PlacedNode(.scalar, at: mark, text: try quoted())
        case UInt8(ascii: "["):
            return try array(depth: depth)
        case UInt8(ascii: "{"):
            return try inlineTable(depth: depth)
        default:
            return PlacedNode(.scalar, at: mark, text: try bareScalar())
        }
    }

    private mutating func array(depth: Int) throws(Stuck) -> PlacedNode {
        let node = PlacedNode(.array, at: cursor.mark)
        cursor.advance()
        while true {
            skipBlankLines()
            if cursor.current == UInt8(ascii: "]") { break }
            if let message = unfinished("array", at: node.mark) { throw refuse(message) }
            node.elements.append(try value(depth: depth + 1))
            skipBlankLines()
            if cursor.current == UInt8(ascii: "]") { break }
            guard cursor.current == UInt8(ascii: ",") else {
                throw refuse(unfinished("array", at: node.mark) ?? "`,` or `]` must follow the value")
            }
            cursor.advance()
        }
        cursor.advance()
        return node
    }

    private mutating func inlineTable(depth: Int) throws(Stuck) -> PlacedNode {
        let node = PlacedNode(.headedTable, at: cursor.mark)
        cursor.advance()
        skipSpaces()
        var start = cursor.offset
        if cursor.current != UInt8(ascii: "}") {
            while true {
                try pair(in: node, depth: depth, start: start)
                skipSpaces()
                if cursor.current == UInt8(ascii: "}") { break }
                guard cursor.current == UInt8(ascii: ",") else {
                    throw refuse(unfinished("inline table", at: node.mark) ?? "`,` or `}` must follow the value")
                }
                // A repeated pair goes with the comma before it: what stays must be TOML.
                start = cursor.offset
                cursor.advance()
                skipSpaces()
            }
        }
        cursor.advance()
        node.origin = .inlineTable
        return node
    }

    private func unfinished(_ what: String, at mark: PlacedNode.Mark) -> String? {
        cursor.current == nil ? "the \(what) that begins on line \(mark.line) has no end" : nil
    }

    /// A number, a truth value or a date; a date may hold one space before its time.
    private mutating func bareScalar() throws(Stuck) -> String {
        let mark = cursor.mark
        let start = cursor.offset
        cursor.skip { !Self.endsScalar($0) }
        let isDate = cursor.offset - start == 10 && cursor.text(from: start).dropFirst(4).first == "-"
        if isDate, cursor.current == UInt8(ascii: " "), let next = cursor.peek(1), Self.isDigit(next) {
            cursor.advance()
            cursor.skip { !Self.endsScalar($0) }
        }
        let text = cursor.text(from: start)
        if text.isEmpty { throw refuse("a value is missing here", at: mark) }
        guard ScalarSyntax.accepts(text) else {
            throw refuse("`\(text)` is no number, date, true or false; text stands in quotes", at: mark)
        }
        return text
    }

    private static func isDigit(_ byte: UInt8) -> Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) }

    private static func endsScalar(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: ","), UInt8(ascii: "]"), UInt8(ascii: "}"), UInt8(ascii: "#"), UInt8(ascii: " "),
            UInt8(ascii: "\t"), UInt8(ascii: "\n"), UInt8(ascii: "\r"):
            true
        default: false
        }
    }
}
