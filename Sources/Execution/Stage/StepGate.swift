package import Planning
package import Steps
package import Transport

/// Lets somebody decide about each step before it is done: step mode.
///
/// Asked once a step, for all its nodes together, after they were probed and before the intent is written;
/// never for a step that is true already or that a guard refuses.
package protocol StepGate: Sendable {
    /// What is to be done with a step.
    func answer(_ question: StepQuestion) async -> StepAnswer
}

/// What is to be done with a step.
package enum StepAnswer: Sendable, Hashable {
    case run
    /// Go on without it; journaled, and the run never does it.
    case skip
    /// Stop here, at a consistent point; the run can be resumed.
    case stop
}

/// Everything that is known of a step that is about to be done.
package struct StepQuestion: Sendable {
    package var step: PlannedStep
    /// Why each node needs it.
    package var needed: [NodeName: String]
    /// Where it is true already.
    package var satisfied: [NodeName]
    /// What would be run where; empty for what is not one script, such as a reboot.
    package var scripts: [NodeName: Script]
    /// What its probe found.
    package var observations: [NodeName: Observation]

    package init(
        step: PlannedStep, needed: [NodeName: String], satisfied: [NodeName] = [], scripts: [NodeName: Script] = [:],
        observations: [NodeName: Observation] = [:]
    ) {
        self.step = step
        self.needed = needed
        self.satisfied = satisfied
        self.scripts = scripts
        self.observations = observations
    }
}
