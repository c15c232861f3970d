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
        guard Self.looksLikeScalar(text) else {
            throw refuse("`\(text)` is no number, date, true or false; text stands in quotes", at: mark)
        }
        return text
    }

    /// Whether a scalar is written as TOML has it; whether it is in range is for the parser to say.
    private static func looksLikeScalar(_ text: String) -> Bool {
        if text == "true" || text == "false" { return true }
        let number = #/[+\-]?(inf|nan|(0|[1-9](_?[0-9])*)(\.[0-9](_?[0-9])*)?([eE][+\-]?[0-9](_?[0-9])*)?)/#
        let radix = #/0x[0-9A-Fa-f](_?[0-9A-Fa-f])*|0o[0-7](_?[0-7])*|0b[01](_?[01])*/#
        let day = #/[0-9]{4}-[0-9]{2}-[0-9]{2}/#
        let moment = #/([0-9]{4}-[0-9]{2}-[0-9]{2}[Tt ])?[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]+)?/#
        let offset = #/[0-9]{4}-[^Zz]{14,40}([Zz]|[+\-][0-9]{2}:[0-9]{2})/#
        if text.utf8.count > 100 { return false }
        if text.wholeMatch(of: number) != nil || text.wholeMatch(of: radix) != nil { return true }
        if text.wholeMatch(of: day) != nil || text.wholeMatch(of: moment) != nil { return true }
        guard text.wholeMatch(of: offset) != nil else { return false }
        return text.dropLast(text.last == "Z" || text.last == "z" ? 1 : 6).wholeMatch(of: moment) != nil
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
