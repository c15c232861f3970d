/// Why a procedure stopped, and whether what it began may still go on.
package struct ProcedureFailure: Error, Sendable, Hashable {
    /// One or more lines: what was awaited, for how long, and what was seen instead.
    package var message: String
    /// Whether the node's state is not known, so that somebody must look.
    package var isUnknown: Bool

    package init(_ message: String, isUnknown: Bool = false) {
        self.message = message
        self.isUnknown = isUnknown
    }
}
