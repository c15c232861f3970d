/// Shell source for one node that uses the words of ``ScriptPrelude``.
package struct Script: Sendable, Hashable {
    /// What is asked before, which scripts that are run together share.
    package let questions: [ProbeQuestion]
    /// POSIX `sh` without the questions.
    package let own: String
    /// Standard input, the only way for secrets; never logged or journaled.
    package var input: [UInt8]
    package var timeout: Duration
    /// Whether it must outlive the connection: it then runs under a systemd unit of its own on the node, and
    /// is found again there instead of being looked at from outside.
    ///
    /// For what takes minutes and must not be cut. It costs two processes more than a plain script, runs from
    /// the root directory of no terminal, and what it leaves in the background ends with it.
    package var isLong: Bool

    /// - Parameters:
    ///   - text: POSIX `sh`, visible in the node's process list and kept in the journal, so never a secret in it.
    ///   - questions: what is asked before it.
    package init(
        _ text: String, asking questions: [ProbeQuestion] = [], input: [UInt8] = [], timeout: Duration = .seconds(60),
        isLong: Bool = false
    ) {
        own = text
        self.questions = questions
        self.input = input
        self.timeout = timeout
        self.isLong = isLong
    }

    /// The whole source.
    package var text: String {
        (questions.map(\.text) + (own.isEmpty ? [] : [own])).joined(separator: "\n")
    }
}
