extension XMLTree {
    /// The element as XML, two spaces a level, `id` first and the other attributes sorted.
    package func text(indent: Int = 0) -> String {
        var result = ""
        write(to: &result, indent: indent)
        return result
    }

    private func write(to result: inout String, indent: Int) {
        let margin = String(repeating: " ", count: indent)
        result += "\(margin)<\(name)"
        for (key, value) in attributes.sorted(by: { ($0.key != "id", $0.key) < ($1.key != "id", $1.key) }) {
            result += " \(key)=\"\(Self.escaped(value))\""
        }
        guard !children.isEmpty else {
            result += "/>\n"
            return
        }
        result += ">\n"
        for child in children { child.write(to: &result, indent: indent + 2) }
        result += "\(margin)</\(name)>\n"
    }

    /// A value for between double quotes; line ends and tabs too, which a parser would turn into spaces.
    private static func escaped(_ value: String) -> String {
        var result = ""
        for scalar in value.unicodeScalars {
            switch scalar {
            case "&": result += "&amp;"
            case "<": result += "&lt;"
            case ">": result += "&gt;"
            case "\"": result += "&quot;"
            case "\n", "\r", "\t": result += "&#\(scalar.value);"
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result
    }
}

private func < (a: (Bool, String), b: (Bool, String)) -> Bool { a.0 == b.0 ? a.1 < b.1 : !a.0 }
