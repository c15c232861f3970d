/// Shell source for one node that uses the words of ``ScriptPrelude``.
package struct Script: Sendable, Hashable {
    /// POSIX `sh`; visible in the node's process list and kept in the journal, so never a secret in it.
    package var text: String
    /// Standard input, the only way for secrets; never logged or journaled.
    package var input: [UInt8]
    package var timeout: Duration

    package init(_ text: String, input: [UInt8] = [], timeout: Duration = .seconds(60)) {
        self.text = text
        self.input = input
        self.timeout = timeout
    }
}
