import Planning
import Steps
import Transport

/// What stands before and behind everything that writes to a node.
extension NodeRunner {
    /// A step's work between its guards: the lease, the step's folder, and what was kept there.
    ///
    /// - Parameters:
    ///   - work: shell source that leaves its exit status in `$rc`.
    ///   - preImages: where it is taken back, the journaled hashes of what is put back.
    func guarded(
        _ work: String, of step: StepID, within limit: Duration, takingBack preImages: [String: String]?
    ) -> String {
        """
        \(leaseCheck(limit))
        \(stateWords(step))
        \(preImages.map { "\(StepFolder.make)\n\(StepFolder.check($0))" } ?? StepFolder.renew)
        \(work)
        \(preImages == nil ? StepFolder.report : "[ \"$rc\" != 0 ] || \(StepFolder.mark)")
        \(lease.map { LeaseScript(lease: $0).shorten } ?? "")
        """
    }

    /// Goes on only while the lease is this process's, and extends it over the time that the work may take.
    func leaseCheck(_ work: Duration) -> String { lease.map { LeaseScript(lease: $0).check(work) } ?? "" }

    /// Names the step's folder.
    func stateWords(_ step: StepID) -> String { "HARUN_STATE=\(stateFolder(step).shellQuoted); export HARUN_STATE" }

    /// Runs a script that needs no lease and belongs to no step.
    func run(unguarded script: Script, on node: NodeName) async throws(StepFailure) -> CommandResult {
        try await run(
            Command(
                "\(ScriptPrelude.text)\n\(script.text)", input: script.input, timeout: script.timeout,
                purpose: .other("the lease")), on: node, step: nil)
    }
}
