/// Why the journal cannot be used.
///
/// Nothing is done to a node without it.
package struct JournalError: Error, Sendable, Hashable, CustomStringConvertible {
    package var path: String
    package var reason: String
    /// What to do about it, a command where there is one.
    package var next: String

    package init(path: String, reason: String, next: String) {
        self.path = path
        self.reason = reason
        self.next = next
    }

    package var description: String {
        "the journal \(path) cannot be used: \(reason); nothing more was done to any node"
    }
}
