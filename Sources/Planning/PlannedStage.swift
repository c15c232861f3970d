/// A stage of a plan; its end is a checkpoint.
package struct PlannedStage: Sendable {
    package var name: String
    package var summary: String
    package var steps: [PlannedStep]
}
