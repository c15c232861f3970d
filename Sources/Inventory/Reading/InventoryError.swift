package import Documents

/// Why an inventory cannot be used.
package enum InventoryError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The file cannot be read at all.
    case unreadable(path: String, reason: String)
    /// The file was read, and this is wrong with it.
    case invalid(DiagnosticError)

    package var description: String {
        switch self {
        case .unreadable(let path, let reason): "the inventory \(path) cannot be read: \(reason)"
        case .invalid(let error): error.description
        }
    }

    /// Trying again without mending the file never helps.
    package var isRetryable: Bool { false }
}
