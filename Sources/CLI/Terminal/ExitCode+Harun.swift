import ArgumentParser

extension ExitCode {
    /// Wrong arguments, or an answer that nobody is there to give.
    static let usage = ExitCode(64)
    /// The inventory or the runbook cannot be used.
    static let badInput = ExitCode(65)
    /// Another run holds the inventory.
    static let locked = ExitCode(75)
    /// A guard forbade to go on.
    static let refused = ExitCode(4)
}
