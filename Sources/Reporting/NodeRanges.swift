package import Transport

/// Many node names in few words: `nodo[1-3,7], db`.
///
/// Names that differ in their last number are one entry; padded numbers keep their zeros. The order is that of
/// the first name of each entry.
package enum NodeRanges {
    private struct Name {
        var text: String
        var prefix: Substring
        var digits: Substring
        var suffix: Substring
        /// What has to be equal for two names to be one entry; its last part tells padded numbers apart by width.
        var family: [String] { [String(prefix), String(suffix)] }

        init(_ text: String) {
            self.text = text
            let isDigit: (Character) -> Bool = { ("0"..."9").contains($0) }
            let end = text.lastIndex(where: isDigit).map { text.index(after: $0) } ?? text.startIndex
            let start = text[..<end].lastIndex { !isDigit($0) }.map { text.index(after: $0) } ?? text.startIndex
            prefix = text[..<start]
            digits = text[start..<end]
            suffix = text[end...]
        }

        var number: Int? { Int(digits) }
    }

    /// The names in short.
    package static func text(_ nodes: [NodeName]) -> String {
        let names = nodes.map { Name($0.text) }
        let padded = Set(names.filter { $0.digits.count > 1 && $0.digits.hasPrefix("0") }.map(\.family))
        var order: [[String]] = []
        var families: [[String]: [Name]] = [:]
        for name in names {
            let isNumbered = name.number != nil
            var key = isNumbered ? name.family : [name.text]
            if isNumbered, padded.contains(name.family) { key.append("\(name.digits.count)") }
            if families[key] == nil { order.append(key) }
            families[key, default: []].append(name)
        }
        return order.map { entry(families[$0] ?? []) }.joined(separator: ", ")
    }

    private static func entry(_ names: [Name]) -> String {
        guard let first = names.first, names.count > 1 else { return names.first?.text ?? "" }
        let sorted = names.sorted { ($0.number ?? 0) < ($1.number ?? 0) }
        var spans: [(first: Name, last: Name)] = []
        for name in sorted {
            if let span = spans.last, let last = span.last.number, let number = name.number, number - last <= 1 {
                spans[spans.count - 1].last = name
            } else {
                spans.append((name, name))
            }
        }
        let list = spans.map { span in
            span.first.digits == span.last.digits ? "\(span.first.digits)" : "\(span.first.digits)-\(span.last.digits)"
        }
        return "\(first.prefix)[\(list.joined(separator: ","))]\(first.suffix)"
    }
}
