import Actions
import ArgumentParser
import Foundation
import Inventory
import Journaling
import Planning
import Steps
import Transport

/// Asks once, before the first change: for what only the operator knows, and whether to go on.
enum Consent {
    /// Asks for the secrets that the inventory leaves to the terminal.
    ///
    /// - Throws: an exit where nobody can be asked.
    static func secrets(for fleet: Fleet) throws {
        guard let chap = fleet.iscsi?.chap, chap.password == .terminal else { return }
        guard let typed = TerminalPrompt.secrets.ask(.chap(user: chap.user)) else {
            throw Console.failure(
                "the CHAP password of \(chap.user) has to be asked for, and there is no terminal",
                next: "give it as password = { env = \"NAME\" } or { file = \"path\" }", .usage)
        }
        SecretSource.answer(typed)
    }

    /// Asks whether to go on with a run.
    ///
    /// - Throws: an exit where the answer is no, or where nobody can be asked and `--yes` is not given.
    static func resume(_ run: JournaledRun, yes: Bool) throws {
        if yes { return }
        guard Console.canAsk else {
            throw Console.failure(
                "there is no terminal to ask on before run \(run.id) goes on",
                next: "look at it with harun show \(run.id), then: harun resume \(run.id) --yes", .usage)
        }
        Console.err(
            "\(run.plan.runbook) on \(run.plan.subject): \(run.plan.nodes.map(\.text).joined(separator: ", "))")
        Console.err(run.state.checkpoints.last.map { "its last checkpoint is \($0)" } ?? "no checkpoint was reached")
        let question = run.state.isTakenBack ? "Go on taking back run \(run.id)?" : "Go on with run \(run.id)?"
        if !Console.ask(question) { throw Console.failure("nothing was done", .refused) }
    }

    /// - Parameter command: what was typed, to be typed again with `--yes`.
    /// - Throws: an exit where the answer is no, or where nobody can be asked and `--yes` is not given.
    static func ask(for plan: Plan, inventory: String, command: String, yes: Bool) throws {
        if yes { return }
        guard Console.canAsk else {
            throw Console.failure(
                "there is no terminal to ask on before the first change",
                next: "look at it with harun plan \(inventory), then: \(command) --yes", .usage)
        }
        let destructive = plan.stages.flatMap(\.steps).filter { $0.action.stepClass == .destructive }
        Console.err("\(plan.runbook) on \(plan.subject): \(plan.nodes.map(\.text).joined(separator: ", "))")
        Console.err("stages: \(plan.stages.map(\.name).joined(separator: ", "))")
        for step in destructive { Console.err("may overwrite: \(step.action.summary)") }
        for step in plan.stages.flatMap(\.steps) {
            if let consequence = step.action.consequence { Console.err("where it is not done yet: \(consequence)") }
        }
        if !Console.ask("Go on?") { throw Console.failure("nothing was done", .refused) }
    }
}
