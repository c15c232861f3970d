import Execution
import Planning
import Reporting

/// Who answers step mode's questions.
enum StepMode: Sendable {
    /// Whoever sits at the terminal.
    case asked
    /// A file.
    case answered(StepAnswers)

    /// What the engine asks.
    func gate(for plan: Plan, _ renderer: any EventRenderer, _ interruption: Interruption) -> any StepGate {
        switch self {
        case .asked: StepPrompt(nodes: plan.nodes, renderer, interruption)
        case .answered(let answers): answers
        }
    }
}
