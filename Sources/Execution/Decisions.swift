package import Journaling
package import Planning

/// What only the operator can decide while a run goes on.
///
/// The answers here are those of nobody: without a terminal nothing that must not run twice is repeated, and
/// a failed stage is taken back.
package struct Decisions: Sendable {
    /// Whether a step that was done, must not run twice and is not true any more is done again.
    package var mayRepeat: @Sendable (_ step: PlannedStep, _ key: RunState.Key, _ why: String) async -> Bool
    /// Whether a failed stage is taken back; asked with ``OnFailure/ask`` only.
    package var takesBack: @Sendable (_ stage: PlannedStage, _ failures: [StepFailure]) async -> Bool
    /// Decides about each step before it is done; nil where nobody wants to be asked.
    package var gate: (any StepGate)?

    package init(
        mayRepeat: @escaping @Sendable (PlannedStep, RunState.Key, String) async -> Bool = { _, _, _ in false },
        takesBack: @escaping @Sendable (PlannedStage, [StepFailure]) async -> Bool = { _, _ in true },
        gate: (any StepGate)? = nil
    ) {
        self.mayRepeat = mayRepeat
        self.takesBack = takesBack
        self.gate = gate
    }
}
