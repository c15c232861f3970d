/// One thing that is wrong in a file, in the form editors and people know from compilers.
package struct Diagnostic: Hashable, Sendable, CustomStringConvertible {
    package var location: SourceLocation
    /// What is wrong and, where it is known, what to write instead.
    package var message: String

    package init(_ message: String, at location: SourceLocation) {
        self.message = message
        self.location = location
    }

    package var description: String { "\(location): error: \(message)" }
}
