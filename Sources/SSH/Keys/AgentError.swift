/// Why an agent did not help; it never ends a login by itself, since there may be other keys.
enum AgentError: Error, Sendable, Hashable, CustomStringConvertible {
    case unreachable(String)
    case hangs
    case closed
    /// It answered that it will not: a locked agent, a key that was removed, a confirmation that was denied.
    case refused
    case garbage

    var description: String {
        switch self {
        case .unreachable(let reason): "the agent cannot be reached: \(reason)"
        case .hangs: "the agent does not answer"
        case .closed: "the agent closed the connection"
        case .refused: "the agent refuses (is it locked, or did somebody deny the confirmation?)"
        case .garbage: "the agent's answer makes no sense"
        }
    }
}
