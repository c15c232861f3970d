/// Rows in columns as wide as their widest cell.
package struct TextTable {
    private let rows: [[String]]

    package init(_ header: [String], _ rows: [[String]]) { self.rows = (header.isEmpty ? [] : [header]) + rows }

    /// The table without a trailing newline, no line ending in spaces.
    package var text: String {
        let columns = rows.map(\.count).max() ?? 0
        let widths = (0..<columns).map { column in
            rows.map { column < $0.count ? $0[column].count : 0 }.max() ?? 0
        }
        return rows.map { row in
            zip(row, widths).map { cell, width in cell + String(repeating: " ", count: width - cell.count) }
                .joined(separator: "  ").trimmingEnd
        }.joined(separator: "\n")
    }
}

extension String {
    /// The string without spaces at its end.
    package var trimmingEnd: String {
        var text = self[...]
        while text.last == " " { text.removeLast() }
        return String(text)
    }

    /// The string filled up with spaces.
    package func padded(to width: Int) -> String { self + String(repeating: " ", count: max(0, width - count)) }
}
