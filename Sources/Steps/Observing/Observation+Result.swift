package import Transport

extension Observation {
    /// What a script that a procedure ran has reported.
    package init(result: CommandResult) {
        var code: UInt8?
        if case .exited(let status) = result.outcome { code = status }
        self.init(code: code, errors: result.errorText)
        for line in result.outputText.split(separator: "\n") { take(line) }
    }
}
