/// How a remote command ended, as far as harun can prove it.
///
/// libssh2 reports status 0 both for success and for a channel that the server closed without any
/// status, so a bare number would turn a lost command into a success. Only the command envelope's
/// own trailer proves an exit.
package enum Outcome: Hashable, Sendable, Codable {
    /// The command envelope itself reported this status.
    case exited(UInt8)
    /// Ended by a signal, named without its `SIG` prefix.
    case signalled(String)
    /// The channel ended first: the command may still be running. Probe the node before going on.
    case unknown

    /// Whether the command is proved to have ended with status 0.
    package var isSuccess: Bool { self == .exited(0) }
}

extension Outcome: CustomStringConvertible {
    package var description: String {
        switch self {
        case .exited(let code): "exit code \(code)"
        case .signalled(let name): "ended by signal \(name)"
        case .unknown: "ended without proof of its exit"
        }
    }
}
