import Execution
import Journaling

extension Signals {
    /// While a run writes to nodes: the first signal asks it to stop after the steps in flight, the second cuts.
    ///
    /// - Parameters:
    ///   - recorder: knows the steps that are waited for.
    ///   - cut: called on the second signal.
    static func stop(
        _ interruption: Interruption, inFlight recorder: Recorder, cut: @escaping @Sendable () -> Void
    ) {
        react(
            Reaction {
                interruption.request()
                Task { Console.errNow(announcement(await recorder.state.open)) }
            } again: {
                Console.errNow("\ncutting; what runs on the nodes under a unit of its own goes on there")
                cut()
            })
    }

    private static func announcement(_ open: [RunState.Key]) -> String {
        let steps = open.map { "\($0.step) on \($0.node)" }
        if steps.isEmpty { return "\nstopping at the next consistent point; Ctrl-C once more cuts" }
        let shown = steps.prefix(4).joined(separator: ", ") + (steps.count > 4 ? " and \(steps.count - 4) more" : "")
        return "\nstopping once this has ended: \(shown); Ctrl-C once more cuts"
    }
}
