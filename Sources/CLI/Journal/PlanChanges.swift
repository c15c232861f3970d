import Foundation
import Planning
import Reporting
import Transport

/// What became different since a run began: the texts line by line, and the steps that they plan.
struct PlanChanges {
    private let run: JournaledRun
    private let inventory: String?
    private let runbook: String?

    init(_ run: JournaledRun) {
        self.run = run
        inventory = try? String(contentsOfFile: run.source.inventory, encoding: .utf8)
        runbook = try? String(contentsOfFile: run.source.runbook, encoding: .utf8)
    }

    private var isInventoryChanged: Bool { inventory != run.source.inventoryText }
    private var isRunbookChanged: Bool { runbook != run.source.runbookText }
    /// The same texts, and another harun that plans them differently.
    private var isPlannerChanged: Bool { PlanSummary(run.plan) != run.summary }

    /// Whether everything is as it was.
    var isEmpty: Bool { !isInventoryChanged && !isRunbookChanged && !isPlannerChanged }

    /// The command that puts the old text back.
    var restore: String {
        let run = run.id
        if isInventoryChanged { return "harun show \(run) --inventory >\(self.run.source.inventory.shellQuoted)" }
        if isRunbookChanged { return "harun show \(run) --runbook >\(self.run.source.runbook.shellQuoted)" }
        return "use the harun that the run began with"
    }

    /// For people.
    var text: String {
        var parts: [String] = []
        if isInventoryChanged {
            parts.append(part("inventory", run.source.inventory, run.source.inventoryText, inventory))
        }
        if isRunbookChanged { parts.append(part("runbook", run.source.runbook, run.source.runbookText, runbook)) }
        if isPlannerChanged { parts.append("harun \(Program.version) plans the same files differently") }
        let steps = PlanDifference(run.summary, newSummary).lines
        if !steps.isEmpty {
            parts.append("steps that would be different:\n" + steps.map { "  \($0)" }.joined(separator: "\n"))
        }
        return parts.joined(separator: "\n")
    }

    private func part(_ what: String, _ path: String, _ old: String, _ new: String?) -> String {
        guard let new else { return "the \(what) \(path) cannot be read any more" }
        let lines = LineDifference(old, new).lines.map { "  \($0)" }
        return "the \(what) \(path) changed since run \(run.id) began:\n" + lines.joined(separator: "\n")
    }

    /// What the files plan now; nil where they plan nothing.
    private var newSummary: PlanSummary? {
        var source = run.source
        source.inventoryText = inventory ?? source.inventoryText
        source.runbookText = runbook ?? source.runbookText
        return (try? source.plan()).map { PlanSummary($0.plan) }
    }
}
