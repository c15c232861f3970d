import SSH

extension SSHConnector {
    /// The connector of every command: it asks on the terminal, and what the operator should know goes to
    /// standard error.
    static func forConsole() -> SSHConnector {
        SSHConnector(prompt: TerminalPrompt.secrets, log: ConsoleLog.logger, onNote: { Console.err("note: \($0)") })
    }
}
