package import Documents

/// Why no plan comes of an inventory, a runbook and the options of a run.
package enum PlanSourceError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The inventory or the runbook is wrong.
    case invalid(DiagnosticError)
    /// The nodes cannot be limited as it was asked for.
    case limit(String)

    package var description: String {
        switch self {
        case .invalid(let error): error.description
        case .limit(let reason): reason
        }
    }
}
