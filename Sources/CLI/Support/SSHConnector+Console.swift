import SSH

extension SSHConnector {
    /// The connector of every command: what the operator should know goes to standard error.
    static func forConsole() -> SSHConnector { SSHConnector(onNote: { Console.err("note: \($0)") }) }
}
