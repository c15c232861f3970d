import Transport

extension TransportError {
    /// The same of a command that is a part of something larger, whose time was up with it.
    func ofCommand(in phase: String) -> TransportError {
        switch self {
        case .timedOut("command", let limit): .timedOut(phase: phase, after: limit)
        case .mayStillRun(let error): .mayStillRun(error.ofCommand(in: phase))
        default: self
        }
    }
}
