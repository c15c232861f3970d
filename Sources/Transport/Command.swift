/// A shell script for one node, with what it reads on standard input and how long it may take.
///
/// The script's text travels as an argument of the remote shell, so every user of that node can read
/// it in the process list: secrets go into ``input`` only, which is never logged or journaled.
package struct Command: Sendable, Hashable {
    /// POSIX `sh` source.
    package var script: String
    /// Bytes for standard input; empty means an empty input, never the operator's terminal.
    package var input: [UInt8]
    /// The whole command must have ended by then; the remote process group is killed otherwise.
    package var timeout: Duration
    /// Whether the result holds the output; without, it is only handed on as it comes, whatever its size.
    package var keepsOutput = true
    /// What it is for, as the log says it.
    package var purpose: Purpose

    package init(
        _ script: String, input: [UInt8] = [], timeout: Duration = .seconds(60),
        purpose: Purpose = .other("a command")
    ) {
        self.script = script
        self.input = input
        self.timeout = timeout
        self.purpose = purpose
    }
}
