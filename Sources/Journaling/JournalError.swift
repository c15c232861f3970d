/// Why the journal cannot be used.
///
/// Nothing is done to a node without it.
package struct JournalError: Error, Sendable, Hashable, CustomStringConvertible {
    package var path: String
    package var reason: String

    package init(path: String, reason: String) {
        self.path = path
        self.reason = reason
    }

    package var description: String {
        "the journal \(path) cannot be used: \(reason); nothing more was done to any node"
    }
}
