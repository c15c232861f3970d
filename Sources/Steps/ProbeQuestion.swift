/// Something that several probes ask in the same words, so that a round trip asks it once for all of them.
///
/// Its shell source runs before the probes, in their own shell: it reports with the words of ``ScriptPrelude`` what each of
/// them has among its facts, and may set variables for their source. It changes nothing, and never leaves the shell.
package struct ProbeQuestion: Sendable, Hashable {
    package let text: String

    package init(_ text: String) { self.text = text }
}
