/// A place in a text that knows its line and column as it moves on.
///
/// Works on bytes, since every mark that TOML knows is ASCII, and counts characters by their first
/// bytes, so that a column agrees with what an editor and the TOML parser show.
struct TextCursor {
    private let bytes: [UInt8]
    private(set) var offset = 0
    private(set) var line = 1
    private(set) var column = 1

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    /// The byte under the cursor, nil at the end.
    var current: UInt8? { offset < bytes.count ? bytes[offset] : nil }

    /// The place under the cursor.
    var mark: PlacedNode.Mark { .init(line: line, column: column) }

    /// The byte some way ahead, nil behind the end.
    func peek(_ distance: Int) -> UInt8? {
        offset + distance < bytes.count ? bytes[offset + distance] : nil
    }

    /// Whether the text goes on with these characters, all of them ASCII.
    func isAt(_ text: StaticString) -> Bool {
        guard offset + text.utf8CodeUnitCount <= bytes.count else { return false }
        return (0..<text.utf8CodeUnitCount).allSatisfy { bytes[offset + $0] == text.utf8Start[$0] }
    }

    /// Moves on, never beyond the end.
    mutating func advance(_ count: Int = 1) {
        for _ in 0..<count {
            guard offset < bytes.count else { return }
            let byte = bytes[offset]
            offset += 1
            if byte == UInt8(ascii: "\n") {
                line += 1
                column = 1
            } else if byte & 0xC0 != 0x80 {
                column += 1
            }
        }
    }

    /// Moves on while the byte under the cursor is wanted.
    mutating func skip(while wanted: (UInt8) -> Bool) {
        while let byte = current, wanted(byte) { advance() }
    }

    /// The text from an earlier place up to the cursor.
    func text(from start: Int) -> String { String(decoding: bytes[start..<offset], as: UTF8.self) }
}
