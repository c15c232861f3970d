import Documents

/// A parsed ssh_config file: what it says, in its order.
struct ConfigFile: Sendable {
    enum Statement: Sendable {
        /// A `Host` or `Match` line: what follows holds for those who meet it.
        case section(MatchRule)
        case set(Setting)
        /// An `Include`, with all the files that it names.
        case include([ConfigFile])
    }

    struct Line: Sendable {
        var number: Int
        var statement: Statement
    }

    var path: String
    var lines: [Line] = []

    /// Where a line stands.
    func location(_ line: Line) -> SourceLocation { SourceLocation(file: path, line: line.number, column: 1) }
}
