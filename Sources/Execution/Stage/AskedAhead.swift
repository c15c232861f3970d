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
        let questions = plan.nodes.reduce(into: [NodeName: [PlannedStep]]()) { questions, node in
            questions[node] = stages.flatMap { $0.steps(probedOn: node) }
        }
        var observations: [NodeName: [StepID: Observation]] = [:]
        for (node, answer) in await runner.probe(
            questions.filter { !$0.value.isEmpty }, within: Self.patience)
        {
            guard case .success(let found) = answer else { return nil }
            for (step, observation) in zip(questions[node] ?? [], found) {
                observations[node, default: [:]][step.id] = observation
            }
        }
        self.observations = observations
    }

    /// What is known of a stage, where that finds all of its steps true on all of their nodes; nil otherwise.
    func proof(of stage: PlannedStage) -> [NodeName: [StepID: Observation]]? {
        for step in stage.steps {
            let nodes = plan.nodes.filter { stage.steps(probedOn: $0).contains { $0.id == step.id } }
            let seen = nodes.reduce(into: [:]) { $0[$1] = observations[$1]?[step.id] }
            let verdicts = step.action.verdicts(on: seen)
            guard nodes.allSatisfy({ verdicts[$0] == .satisfied }) else { return nil }
        }
        let steps = Set(stage.steps.map(\.id))
        return observations.mapValues { $0.filter { steps.contains($0.key) } }
    }
}

extension PlannedStage {
    /// The steps that a node is asked about: its own, those of the whole fleet, and those of whichever node is active.
    func steps(probedOn node: NodeName) -> [PlannedStep] {
        steps.filter { step in
            step.action.scope == .fleet || step.target == .active || step.nodes(active: nil).contains(node)
        }
    }
}
