import Journaling
import Planning
import Steps
import Transport

/// A service that runs is interrupted only where somebody agreed to that.
extension StageRunner {
    /// Whether a step may do what it would interrupt.
    ///
    /// Yes where it interrupts nothing, where this very run brought the service, where the operator agreed to outages
    /// of the whole run, or to this one: now, or before an earlier process of the run was cut off in it.
    ///
    /// - Returns: false after noting what became of the step: put off where only a proof is missing, refused otherwise.
    func mayInterrupt(
        _ step: PlannedStep, on targets: [NodeName], _ found: [NodeName: Observation], _ why: String
    ) async throws(JournalError) -> Bool {
        guard let outage = step.action.outage(found) else { return true }
        let state = await recorder.state
        let keys = targets.map { RunState.Key(step: step.id, node: $0) }
        if state.bringsService || state.acceptsOutage { return true }
        if keys.contains(where: state.isOutageAgreed) || agreed.contains(step.id) {
            agreed.insert(step.id)
            return true
        }
        if await decisions.agreesToOutage(step, outage, why) {
            agreed.insert(step.id)
            return true
        }
        if isStopping { return false }
        let command = decisions.outageCommand(step)
        guard outage.isForProof else {
            let message = "\(why)\nthat interrupts a service that runs: it \(outage.what)\nto agree to it: \(command)"
            try await record(targets.map { StepFailure(.refused, step: step.id, node: $0, message: message) })
            return false
        }
        try await recorder.record(
            targets.map { node in
                var event = recorder.event(.deferred, step: step.id, node: node)
                event.message = "\(why); nothing was done, since it \(outage.what)\nrenew the proof with: \(command)"
                return event
            })
        return false
    }
}
