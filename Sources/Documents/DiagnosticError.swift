/// Everything that is wrong in a file, reported at once and in the file's order.
package struct DiagnosticError: Error, Hashable, Sendable, CustomStringConvertible {
    package var diagnostics: [Diagnostic]

    package init(_ diagnostics: [Diagnostic]) { self.diagnostics = diagnostics.sorted { $0.location < $1.location } }

    package var description: String { diagnostics.map(\.description).joined(separator: "\n") }
}
