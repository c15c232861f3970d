package import Journaling
package import Planning
package import Steps

/// What only the operator can decide while a run goes on.
///
/// The answers here are those of nobody: without a terminal nothing that must not run twice is repeated, a failed
/// stage is taken back, and no service that runs is interrupted.
package struct Decisions: Sendable {
    /// Whether a step that was done, must not run twice and is not true any more is done again.
    package var mayRepeat: @Sendable (_ step: PlannedStep, _ key: RunState.Key, _ why: String) async -> Bool
    /// Whether a failed stage is taken back; asked with ``OnFailure/ask`` only.
    package var takesBack: @Sendable (_ stage: PlannedStage, _ failures: [StepFailure]) async -> Bool
    /// Whether a service that runs may be interrupted by a step; asked only where nobody agreed for the whole run.
    package var agreesToOutage: @Sendable (_ step: PlannedStep, _ outage: Outage, _ why: String) async -> Bool
    /// The command that does a step with its outage, for whoever did not agree to it.
    package var outageCommand: @Sendable (_ step: PlannedStep) -> String
    /// Decides about each step before it is done; nil where nobody wants to be asked.
    package var gate: (any StepGate)?

    package init(
        mayRepeat: @escaping @Sendable (PlannedStep, RunState.Key, String) async -> Bool = { _, _, _ in false },
        takesBack: @escaping @Sendable (PlannedStage, [StepFailure]) async -> Bool = { _, _ in true },
        agreesToOutage: @escaping @Sendable (PlannedStep, Outage, String) async -> Bool = { _, _, _ in false },
        outageCommand: @escaping @Sendable (PlannedStep) -> String = { _ in "the same command with --outage" },
        gate: (any StepGate)? = nil
    ) {
        self.mayRepeat = mayRepeat
        self.takesBack = takesBack
        self.agreesToOutage = agreesToOutage
        self.outageCommand = outageCommand
        self.gate = gate
    }
}
