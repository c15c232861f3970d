package import Planning
package import Steps
package import Transport

/// Asks every node in one round trip how the cluster lives, and whether what the inventory asks for is there.
///
/// The second half is the probes and judgements of the plan's own steps: what `harun status` calls
/// well is what `harun deploy` would leave alone. Nothing is written, on the nodes or into the journal.
package struct StatusProbe: Sendable {
    /// What the nodes said.
    package struct Answer: Sendable {
        /// What the screen's script found on each node, or why that could not be asked.
        package var nodes: [NodeName: Result<Observation, TransportError>]
        /// The watched steps, in the plan's order, each with the verdicts of the nodes that were asked.
        package var rows: [PlanProbe.Row]
    }

    /// Longer than a node at work needs, short enough for whoever waits in front of a screen.
    private static let patience = Duration.seconds(120)

    private let steps: [PlannedStep]
    private let nodes: [NodeName]
    private let screen: Script
    private let connections: Connections

    /// - Parameters:
    ///   - watched: kinds of steps whose end must hold for as long as the cluster is in use.
    ///   - screen: what no step asks.
    ///   - isProved: whether a run has just found every step of the plan true on every node: the steps are not asked again.
    package init(
        _ plan: Plan, watching watched: Set<String>, screen: Script, connections: Connections, isProved: Bool = false
    ) {
        nodes = plan.nodes
        steps = isProved ? [] : plan.stages.flatMap(\.steps).filter { watched.contains($0.kind) }
        self.screen = screen
        self.connections = connections
    }

    /// Asks all nodes at once; one that cannot be asked does not keep the others from being shown.
    package func answer() async -> Answer {
        let replies = await nodes.gatherResults { (node: NodeName) async throws(TransportError) in
            try await ask(node)
        }
        var screens: [NodeName: Result<Observation, TransportError>] = [:]
        var found: [NodeName: [StepID: Observation]] = [:]
        for (node, reply) in zip(nodes, replies) {
            // Its screen is the first that a node is asked for.
            screens[node] = reply.map { $0.first ?? Observation(code: nil) }
            guard case .success(let observations) = reply else { continue }
            for (step, observation) in zip(steps(on: node), observations.dropFirst()) {
                found[node, default: [:]][step.id] = observation
            }
        }
        return Answer(nodes: screens, rows: steps.map { row($0, found) })
    }

    private func ask(_ node: NodeName) async throws(TransportError) -> [Observation] {
        let scripts = [screen] + steps(on: node).map { $0.action.probe(node) }
        let batch = BatchProbe(
            // No run, so nothing that any run kept.
            scripts, folders: scripts.map { _ in "/var/lib/harun/runs/none" }, mark: NodeRunner.mark())
        var command = batch.command
        command.timeout = Self.patience
        return batch.observations(from: try await connections.connection(to: node).run(command))
    }

    /// The steps that a node is asked about: those of the whole fleet, and its own.
    private func steps(on node: NodeName) -> [PlannedStep] {
        steps.filter { $0.action.scope == .fleet || $0.nodes(active: nil).contains(node) }
    }

    private func row(_ step: PlannedStep, _ found: [NodeName: [StepID: Observation]]) -> PlanProbe.Row {
        let seen = found.compactMapValues { $0[step.id] }
        let verdicts = step.action.verdicts(on: seen)
        return PlanProbe.Row(step, verdicts.filter { seen[$0.key] != nil }, seen)
    }
}
