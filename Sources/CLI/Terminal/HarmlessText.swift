/// What a node printed, as a terminal may see it: no node may steer the operator's.
enum HarmlessText {
    /// One line with its control characters made visible.
    ///
    /// The lower ones and DEL in caret notation; the upper ones, which a terminal takes for escape sequences as well,
    /// and what is no UTF-8 as U+FFFD.
    static func line(_ bytes: some Sequence<UInt8>) -> [UInt8] {
        var line = Array(bytes)
        if line.last == UInt8(ascii: "\r") { line.removeLast() }
        guard line.contains(where: { ($0 < 0x20 && $0 != 0x09) || $0 >= 0x7F }) else { return line }
        var text = String.UnicodeScalarView()
        for scalar in String(decoding: line, as: UTF8.self).unicodeScalars {
            switch scalar.value {
            case 0x09: text.append(scalar)
            case ..<0x20, 0x7F: text += "^\(UnicodeScalar(UInt8(scalar.value) ^ 0x40))".unicodeScalars
            case 0x80...0x9F: text.append("\u{FFFD}")
            default: text.append(scalar)
            }
        }
        return Array(String(text).utf8)
    }
}
