import Transport

extension Sequence<String> {
    /// The strings as words of one shell command, each quoted where it must be.
    package var shellWords: String { map(\.shellQuoted).joined(separator: " ") }
}
