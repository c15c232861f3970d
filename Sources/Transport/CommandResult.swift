/// What a command left: how it ended and everything it printed, byte for byte.
package struct CommandResult: Sendable, Hashable {
    package var outcome: Outcome
    package var stdout: [UInt8]
    package var stderr: [UInt8]
    /// From the request to the proved end, as seen from the operator's machine.
    package var duration: Duration

    package init(outcome: Outcome, stdout: [UInt8] = [], stderr: [UInt8] = [], duration: Duration = .zero) {
        self.outcome = outcome
        self.stdout = stdout
        self.stderr = stderr
        self.duration = duration
    }

    /// Standard output as text; bytes that are not UTF-8 become U+FFFD.
    package var outputText: String { String(decoding: stdout, as: UTF8.self) }
    /// Standard error as text; bytes that are not UTF-8 become U+FFFD.
    package var errorText: String { String(decoding: stderr, as: UTF8.self) }
}
