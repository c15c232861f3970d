import TOMLKit

/// Reads TOML text into values that know their places.
///
/// The way from a file to settings begins here: text, then ``Table`` with every key's place, then a
/// ``TableReader`` for each section in the module that knows what the section means.
package enum Document {
    /// Reads a whole document.
    ///
    /// - Parameter file: the file's name in messages.
    /// - Throws: everything that is wrong with the text as TOML: one syntax error, and every key given twice.
    package static func parse(_ text: String, file: String) throws(DiagnosticError) -> Table {
        var repetitions: [Diagnostic] = []
        let table = try parse(text, file: file, repetitions: &repetitions)
        guard repetitions.isEmpty else { throw DiagnosticError(repetitions) }
        return table
    }

    /// Reads a document in which keys may be given twice, so that such slips do not hide all others.
    ///
    /// - Parameter repetitions: gets an error for each key and table given twice; the first one counts.
    package static func parse(
        _ text: String, file: String, repetitions: inout [Diagnostic]
    ) throws(DiagnosticError) -> Table {
        var bytes = Array(text.utf8)
        if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { bytes.removeFirst(3) }
        if let nul = bytes.firstIndex(of: 0) {
            throw DiagnosticError([
                Diagnostic("a NUL byte cannot stand in a text file", at: location(of: nul, in: bytes, file: file))
            ])
        }
        let index = LocationIndex(bytes)
        func place(_ mark: PlacedNode.Mark) -> SourceLocation {
            .init(file: file, line: mark.line, column: mark.column)
        }
        repetitions += index.repetitions.map { Diagnostic($0.message, at: place($0.mark)) }
        var sound = bytes
        if index.fatal != nil { sound.removeSubrange(index.wellFormedEnd...) }
        let table: TOMLTable
        do {
            table = try TOMLTable(string: blanked(sound, index.repeatedRanges))
        } catch let error as TOMLParseError {
            throw DiagnosticError(repetitions + [diagnostic(error, file: file)])
        } catch {
            let start = SourceLocation(file: file, line: 1, column: 1)
            throw DiagnosticError(repetitions + [Diagnostic("\(error)", at: start)])
        }
        if let fatal = index.fatal {
            throw DiagnosticError(repetitions + [Diagnostic(fatal.message, at: place(fatal.mark))])
        }
        return TreeBuilder(file: file).table(table, index.root)
    }

    /// Reads a document from the bytes of a file, which must be UTF-8.
    package static func parse(
        bytes: [UInt8], file: String, repetitions: inout [Diagnostic]
    ) throws(DiagnosticError) -> Table {
        guard let text = String(validating: bytes, as: UTF8.self) else {
            let place = location(of: firstInvalidByte(in: bytes), in: bytes, file: file)
            throw DiagnosticError([Diagnostic("the file is not UTF-8 text: a byte here is not valid", at: place)])
        }
        return try parse(text, file: file, repetitions: &repetitions)
    }

    /// The text without what was given twice; what stays keeps its line and column.
    private static func blanked(_ bytes: [UInt8], _ ranges: [Range<Int>]) -> String {
        guard !ranges.isEmpty else { return String(decoding: bytes, as: UTF8.self) }
        var text: [UInt8?] = bytes
        for index in ranges.joined() where index < bytes.count && bytes[index] != UInt8(ascii: "\n") {
            text[index] = bytes[index] & 0xC0 == 0x80 ? nil : UInt8(ascii: " ")
        }
        return String(decoding: text.compactMap { $0 }, as: UTF8.self)
    }

    private static func diagnostic(_ error: TOMLParseError, file: String) -> Diagnostic {
        let start = error.source.begin
        let place = SourceLocation(file: file, line: max(1, start.line), column: max(1, start.column))
        let lead = "Error while parsing "
        let text = error.description
        guard text.hasPrefix(lead), let colon = text.firstRange(of: ": ") else { return Diagnostic(text, at: place) }
        let scope = text[..<colon.lowerBound].dropFirst(lead.count)
        return Diagnostic("syntax error in the \(scope): \(text[colon.upperBound...])", at: place)
    }

    private static func location(of offset: Int, in bytes: [UInt8], file: String) -> SourceLocation {
        var cursor = TextCursor(bytes)
        cursor.advance(offset)
        return SourceLocation(file: file, line: cursor.line, column: cursor.column)
    }

    private static func firstInvalidByte(in bytes: [UInt8]) -> Int {
        var decoder = UTF8()
        var input = bytes.makeIterator()
        var offset = 0
        while case .scalarValue(let scalar) = decoder.decode(&input) { offset += UTF8.width(scalar) }
        return offset
    }
}
