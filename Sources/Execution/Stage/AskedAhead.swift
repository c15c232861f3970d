import Planning
import Steps
import Transport

/// What the probes of all stages behind the first one said before the run began anything, in one round trip a node.
///
/// It serves for one thing: to find a whole stage true without asking once more, which makes a deploy that has nothing to
/// do as quick as one question. Whatever is not true is asked again by its stage, right before something is done about it;
/// and once a stage was not proved by it, what was asked ahead says nothing any more.
struct AskedAhead {
    private let plan: Plan
    private let observations: [NodeName: [StepID: Observation]]

    /// For all of it; a node that takes longer, since one of its disks hangs for example, is asked stage by stage.
    private static let patience = Duration.seconds(120)

    /// Asks all nodes at once; nil where one could not be asked, which the stage that meets it tells.
    init?(_ stages: ArraySlice<PlannedStage>, of plan: Plan, _ runner: NodeRunner) async {
        self.plan = plan
        let questions = stages.flatMap(\.steps).probed(on: plan.nodes)
        var observations: [NodeName: [StepID: Observation]] = [:]
        for (node, answer) in await runner.probe(questions, within: Self.patience) {
            guard case .success(let found) = answer else { return nil }
            for (step, observation) in zip(questions[node] ?? [], found) {
                observations[node, default: [:]][step.id] = observation
            }
        }
        self.observations = observations
    }

    /// What is known of a stage, where that finds all of its steps true on all of their nodes; nil otherwise.
    func proof(of stage: PlannedStage) -> [NodeName: [StepID: Observation]]? {
        var proof: [NodeName: [StepID: Observation]] = [:]
        for step in stage.steps {
            let nodes = step.probed(among: plan.nodes)
            let seen = nodes.reduce(into: [:]) { $0[$1] = observations[$1]?[step.id] }
            let verdicts = step.action.verdicts(on: seen)
            guard nodes.allSatisfy({ verdicts[$0] == .satisfied }) else { return nil }
            for (node, observation) in seen { proof[node, default: [:]][step.id] = observation }
        }
        return proof
    }
}

extension PlannedStep {
    /// The nodes that are asked about the step: its own, or all of them for one of the whole fleet or of whichever is active.
    func probed(among nodes: [NodeName]) -> [NodeName] {
        if action.scope == .fleet || target == .active { return nodes }
        let own = Set(self.nodes(active: nil))
        return nodes.filter(own.contains)
    }
}

extension [PlannedStep] {
    /// What each node is asked about, in the order of the steps; a node that is asked nothing is left out.
    func probed(on nodes: [NodeName]) -> [NodeName: [PlannedStep]] {
        reduce(into: [:]) { questions, step in
            for node in step.probed(among: nodes) { questions[node, default: []].append(step) }
        }
    }
}
