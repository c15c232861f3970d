extension String {
    /// The last lines with something on them, joined by newlines.
    package func lastLines(_ count: Int) -> String {
        split(whereSeparator: \.isNewline).filter { !$0.allSatisfy(\.isWhitespace) }.suffix(count)
            .joined(separator: "\n")
    }
}
