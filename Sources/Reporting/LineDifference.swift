/// What is different between two texts, line by line.
package struct LineDifference {
    /// `-3  old line` and `+3  new line`, in the order of the lines.
    package let lines: [String]

    package init(_ old: String, _ new: String) {
        let oldLines = old.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        let newLines = new.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        var changes: [(line: Int, isNew: Bool, text: String)] = []
        for change in newLines.difference(from: oldLines) {
            switch change {
            case .remove(let offset, let text, _): changes.append((offset + 1, false, text))
            case .insert(let offset, let text, _): changes.append((offset + 1, true, text))
            }
        }
        changes.sort { ($0.line, $1.isNew ? 1 : 0) < ($1.line, $0.isNew ? 1 : 0) }
        lines = changes.map { "\($0.isNew ? "+" : "-")\($0.line)  \($0.text)".trimmingEnd }
    }
}
