import Actions
package import Steps
package import Transport

/// A plan as plain data: what the journal keeps and what `harun plan --output json` prints.
package struct PlanSummary: Codable, Sendable, Hashable {
    package struct Stage: Codable, Sendable, Hashable {
        package var name: String
        package var summary: String
        package var steps: [Step]
    }

    package struct Step: Codable, Sendable, Hashable {
        package var id: StepID
        package var action: String
        package var summary: String
        package var stepClass: StepClass
        package var undo: Undo
        /// Empty where the node is known only when the step is reached.
        package var nodes: [NodeName]

        enum CodingKeys: String, CodingKey { case id, action, summary, stepClass = "class", undo, nodes }
    }

    package var runbook: String
    package var subject: String
    package var fingerprint: String
    package var nodes: [Peer]
    package var stages: [Stage]

    package init(_ plan: Plan) {
        runbook = plan.runbook
        subject = plan.subject
        fingerprint = plan.fingerprint
        nodes = plan.peers
        stages = plan.stages.map { stage in
            Stage(
                name: stage.name, summary: stage.summary,
                steps: stage.steps.map { step in
                    Step(
                        id: step.id, action: step.kind, summary: step.action.summary,
                        stepClass: step.action.stepClass, undo: step.action.undo, nodes: step.nodes(active: nil))
                })
        }
    }
}
