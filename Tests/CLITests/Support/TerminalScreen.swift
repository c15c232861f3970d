/// What a terminal shows of what was printed: as much of one as status lines need.
struct TerminalScreen {
    private(set) var rows: [String] = []

    /// - Parameter printed: with line breaks that begin a line.
    init(_ printed: String) {
        var row: [Character] = []
        var column = 0
        var rest = Substring(printed)
        while let character = rest.popFirst() {
            switch character {
            case "\n":
                rows.append(String(row))
                (row, column) = ([], 0)
            case "\r": column = 0
            case "\u{1B}":
                let sequence = rest.prefix { !$0.isLetter }
                rest.removeFirst(sequence.count)
                if rest.popFirst() == "K" { row.removeSubrange(min(column, row.count)...) }
            default:
                if column < row.count { row[column] = character } else { row.append(character) }
                column += 1
            }
        }
        rows.append(String(row))
    }
}
