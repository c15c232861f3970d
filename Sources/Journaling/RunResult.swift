/// How a run ended, in the words of the JSON output.
package enum RunResult: String, Codable, Sendable, Hashable {
    case done
    case failed
    case rolledBack = "rolled-back"
    case unknown
    case refused
    case interrupted
    /// Only in the journal: a later run of the same runbook on the same nodes took over.
    case superseded

    /// The process's exit code, see docs/exit-codes.md.
    package var exitCode: Int32 {
        switch self {
        case .done: 0
        case .failed, .superseded: 1
        case .rolledBack: 2
        case .unknown: 3
        case .refused: 4
        case .interrupted: 130
        }
    }
}
