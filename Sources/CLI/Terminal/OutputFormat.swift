import ArgumentParser

/// How a command prints.
enum OutputFormat: String, ExpressibleByArgument, CaseIterable {
    /// Lines as they happen, with a status line where there is a terminal.
    case live
    /// Lines alone.
    case plain
    /// One JSON object a line.
    case json
}
