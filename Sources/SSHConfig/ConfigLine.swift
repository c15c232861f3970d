/// One line of an ssh_config, taken apart exactly as OpenSSH does it.
///
/// The keyword ends at a blank, a quote or one `=`; the arguments behind it know quotes of both kinds, a few
/// escapes, and a comment where a word would begin.
struct ConfigLine {
    /// In small letters.
    let keyword: String
    /// As it was written, for messages.
    let spelling: String
    /// Everything behind the keyword, without blanks at its ends.
    let rest: [UInt8]

    /// Nil for an empty line and a comment.
    init?(_ line: some Collection<UInt8>) {
        var text = Array(line.prefix { $0 != 0 })[...]
        while let last = text.last, Self.isBlank(last) || last == 0x0C { text.removeLast() }
        guard var word = Self.word(&text) else { return nil }
        if word.isEmpty {
            guard let second = Self.word(&text) else { return nil }
            word = second
        }
        guard let first = word.first, first != UInt8(ascii: "#") else { return nil }
        spelling = String(decoding: word, as: UTF8.self)
        keyword = String(decoding: word.map(Self.lowercased), as: UTF8.self)
        rest = Array(text.drop(while: Self.isBlank))
    }

    /// The words behind the keyword; nil where a quote is not closed.
    var arguments: [String]? {
        var arguments: [String] = []
        var index = 0
        while index < rest.count {
            if Self.isSpace(rest[index]) {
                index += 1
                continue
            }
            if rest[index] == UInt8(ascii: "#") { break }
            guard let word = argument(&index) else { return nil }
            arguments.append(String(decoding: word, as: UTF8.self))
        }
        return arguments
    }

    private func argument(_ index: inout Int) -> [UInt8]? {
        var word: [UInt8] = []
        var quote: UInt8?
        while index < rest.count {
            let byte = rest[index]
            index += 1
            switch (byte, quote) {
            case (UInt8(ascii: "\\"), _):
                if index < rest.count, Self.isEscaped(rest[index], inQuotes: quote != nil) {
                    word.append(rest[index])
                    index += 1
                } else {
                    word.append(byte)
                }
            case (UInt8(ascii: " "), nil), (UInt8(ascii: "\t"), nil): return word
            case (UInt8(ascii: "\""), nil), (UInt8(ascii: "'"), nil): quote = byte
            case (_, quote?) where byte == quote: quote = nil
            default: word.append(byte)
            }
        }
        return quote == nil ? word : nil
    }

    private static func isEscaped(_ byte: UInt8, inQuotes: Bool) -> Bool {
        switch byte {
        case UInt8(ascii: "'"), UInt8(ascii: "\""), UInt8(ascii: "\\"): true
        case UInt8(ascii: " "): !inQuotes
        default: false
        }
    }

    /// The next word by the rules for keywords and for `Match`, which know double quotes only.
    ///
    /// Nil at the end, and where a quote is not closed.
    static func word(_ text: inout ArraySlice<UInt8>) -> [UInt8]? {
        guard !text.isEmpty else { return nil }
        let end = text.firstIndex { isBlank($0) || $0 == UInt8(ascii: "\"") || $0 == UInt8(ascii: "=") }
        guard let end else {
            defer { text = [] }
            return Array(text)
        }
        var word = Array(text[..<end])
        let found = text[end]
        text = text[(end + 1)...]
        if found == UInt8(ascii: "\"") {
            guard let close = text.firstIndex(of: UInt8(ascii: "\"")) else {
                text = []
                return nil
            }
            word += text[..<close]
            text = text[(close + 1)...].drop(while: isBlank)
            return word
        }
        text = text.drop(while: isBlank)
        // Only one `=` may stand between a keyword and its value.
        if found != UInt8(ascii: "="), text.first == UInt8(ascii: "=") { text = text.dropFirst().drop(while: isBlank) }
        return word
    }

    private static func isSpace(_ byte: UInt8) -> Bool { byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") }
    private static func isBlank(_ byte: UInt8) -> Bool { isSpace(byte) || byte == 0x0D || byte == 0x0A }
    private static func lowercased(_ byte: UInt8) -> UInt8 {
        (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte) ? byte | 0x20 : byte
    }
}
