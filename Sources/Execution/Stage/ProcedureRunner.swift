import Planning
import Steps
import Transport

/// What procedures see of the engine.
struct ProcedureRunner: Sendable {
    let plan: Plan
    let runner: NodeRunner
    let prober: any OutsideProber

    /// Carries out a procedure's work for one node.
    func perform(
        _ procedure: any Procedure, step: StepID, on node: NodeName, _ observations: [NodeName: Observation]
    ) async throws(StepFailure) -> [String: String] {
        let context = StepContext(step: step, peers: plan.peers, prober: prober, runner: runner)
        do throws(ProcedureFailure) {
            return try await procedure.perform(on: node, observations, in: context)
        } catch {
            throw StepFailure(error.isUnknown ? .unknown : .failed, step: step, node: node, message: error.message)
        }
    }

    /// The node that runs the cluster's resources, nil where none does or nobody can tell.
    func activeNode() async -> NodeName? {
        for node in plan.nodes {
            guard
                let result = try? await runner.run(
                    plan.activeNode.script, on: node, step: StepID(stage: "active", step: "node")),
                result.outcome.isSuccess
            else { continue }
            var observation = Observation(code: 0)
            for line in result.outputText.split(separator: "\n") { observation.take(line) }
            if let active = plan.activeNode.find(observation) { return active }
        }
        return nil
    }
}
