package import Documents
package import Steps
package import Transport

/// A step in the runbook author's own words: shell scripts for `probe`, `apply` and `undo`.
///
/// The probe follows the custom of shells and not the codes of ``ScriptPrelude``: 0 means true
/// already, 20 means refused, anything else means there is something to do. Without a probe the step
/// cannot be skipped, so it is done in every run, and the success of its script is all its proof.
package struct ShellAction: Action {
    package static let kind = "shell"

    private let applyText: String
    private let probeText: String?
    private let undoText: String?
    private let timeout: Duration
    private let isLong: Bool
    /// What the runbook's author says of the probe: where it says no, nothing of the step has happened.
    private let isProof: Bool
    /// Who the nodes are, where a script names its own; empty otherwise.
    private let nodes: [NodeName: Peer]
    package let summary: String
    package let stepClass: StepClass
    package var scope: Scope { .node }
    /// The probe is asked first: nobody promises that the runbook's script may be run twice.
    package var isUndoRepeatable: Bool { false }

    package var undo: Undo {
        if stepClass == .pure { return .nothing }
        return undoText == nil ? .impossible("the runbook gives no undo") : .bestEffort("the runbook's own undo script")
    }

    package init?(reading with: TableReader, peers: [Peer]) {
        let apply = with.requiredString("apply")
        probeText = with.string("probe")
        undoText = with.string("undo")
        timeout = with.duration("timeout") ?? .seconds(300)
        isLong = with.boolean("long") ?? false
        let word = with.word("class", of: ["pure", "converge", "once", "destructive"])
        stepClass = word.flatMap(StepClass.init) ?? .converge
        summary = with.string("summary") ?? "run a script of the runbook"
        isProof = with.boolean("needed_is_proof") ?? false
        if isProof, probeText == nil || ![.once, .destructive].contains(stepClass) {
            with.fail(
                "`needed_is_proof` is said of the probe of a step of class once or destructive",
                at: with.value("needed_is_proof")?.location ?? with.location)
        }
        guard let apply else { return nil }
        applyText = apply
        // Kept only where it is asked for: a step of many thousand nodes would hold them all once more.
        let namesItsNode = [apply, probeText ?? "", undoText ?? ""].contains { $0.contains("${node.") }
        nodes = namesItsNode ? Dictionary(peers.map { ($0.name, $0) }) { first, _ in first } : [:]
    }

    package func neededIsProof(_ observations: [NodeName: Observation]) -> Bool { isProof }

    package func probe(_ node: NodeName) -> Script {
        guard let probeText else {
            // The mark is in the folder of this run, so another run does the step again.
            return Script(
                "[ -e \"${HARUN_STATE:-/dev/null}/done\" ] && satisfied; needed 'it has no probe, so it is done in every run'"
            )
        }
        return Script(
            """
            ( \(render(probeText, node))
            ) >&2
            case $? in 0) satisfied;; 20) refuse 'the probe refused (exit code 20)';; *) needed 'its probe says no';; esac
            """)
    }

    package func apply(_ node: NodeName, _ observations: [NodeName: Observation]) -> Script? {
        let mark = probeText == nil ? "\nrc=$?; [ $rc = 0 ] || exit $rc; : >\"$HARUN_STATE/done\"" : ""
        return Script("( set -e\n\(render(applyText, node))\n)\(mark)", timeout: timeout, isLong: isLong)
    }

    package func undo(_ node: NodeName) -> Script? {
        undoText.map { text in
            Script(
                "( set -e\n\(render(text, node))\n)\nrc=$?; [ $rc = 0 ] || exit $rc\nrm -f \"$HARUN_STATE/done\"",
                timeout: timeout, isLong: isLong)
        }
    }

    /// Puts the node's own name and address in place of `${node.name}` and `${node.address}`, quoted.
    private func render(_ text: String, _ node: NodeName) -> String {
        guard let peer = nodes[node] else { return text }
        return text.replacing("${node.name}", with: peer.name.text.shellQuoted)
            .replacing("${node.address}", with: peer.address.shellQuoted)
    }
}
