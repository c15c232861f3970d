import Execution
import Foundation
import Reporting
import Synchronization
import Transport

/// Step mode on a terminal: shows a step and asks what to do with it.
final class StepPrompt: StepGate {
    private let nodes: [NodeName]
    private let renderer: any EventRenderer
    private let interruption: Interruption
    private let goesOn = Mutex(false)

    init(nodes: [NodeName], _ renderer: any EventRenderer, _ interruption: Interruption) {
        self.nodes = nodes
        self.renderer = renderer
        self.interruption = interruption
    }

    func answer(_ question: StepQuestion) async -> StepAnswer {
        if goesOn.withLock({ $0 }) { return .run }
        let card = StepCard(question, nodes: nodes, style: Style(hasColor: Console.hasColor))
        var introduction = card.text + "\n"
        while true {
            let question = Question(
                "[r]un, [s]kip, [c]ontinue without asking, sto[p] here, [m]ore? ", below: introduction)
            // A Ctrl-C is an answer too.
            let line = await question.answer({ [renderer] in renderer.finish() }) { [interruption] in
                interruption.isRequested
            }
            guard let line else { return .stop }
            introduction = ""
            switch line.trimmingCharacters(in: .whitespaces).lowercased() {
            case "r", "run": return .run
            case "s", "skip": return .skip
            case "p", "stop": return .stop
            case "m", "more": Console.err(card.more)
            case "c", "continue":
                goesOn.withLock { $0 = true }
                return .run
            default: Console.err("r, s, c, p or m")
            }
        }
    }
}
