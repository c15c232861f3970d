import ArgumentParser
import Foundation
import Journaling
import Reporting
import Transport

/// `harun runs`: the history.
struct RunsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "runs", abstract: "List the runs, newest first: when, how they ended, how far they came.",
        discussion: """
            A run without an end either goes on right now (running) or was killed; harun resume RUN goes on with a \
            killed one. superseded: a later run of the same runbook took over on the same nodes. without NODE: it was left out, and \
            what stands there waits for it. STAGE is the stage that was reached last.
            """)

    @Argument(help: "Only the runs of this inventory.") var inventory: String?
    @Option(help: "How many.") var limit = 20
    @Option(help: "live, plain or json.") var output = OutputFormat.live

    /// A run as one line of JSON.
    private struct Line: Encodable {
        var id: RunID
        var started: String
        var inventory: String
        var runbook: String
        var result: RunResult?
        var stage: String?
        var running: Bool
        /// The nodes that resume or rollback went on without, and that did not come back since.
        var without: [NodeName]

        enum CodingKeys: CodingKey { case id, started, inventory, runbook, result, stage, running, without }

        /// Absent values stand as null: scripts may count on every key.
        func encode(to encoder: any Encoder) throws {
            var container = encoder.container(keyedBy: CodingKeys.self)
            try container.encode(id, forKey: .id)
            try container.encode(started, forKey: .started)
            try container.encode(inventory, forKey: .inventory)
            try container.encode(runbook, forKey: .runbook)
            try container.encode(result, forKey: .result)
            try container.encode(stage, forKey: .stage)
            try container.encode(running, forKey: .running)
            try container.encode(without, forKey: .without)
        }

        var words: String {
            let end = result?.rawValue ?? (running ? "no end: running" : "no end: killed")
            return without.isEmpty ? end : "\(end), without \(without.map(\.text).joined(separator: ", "))"
        }
    }

    func run() async throws {
        let journal = try StateFolder.openJournal()
        var lines: [Line] = []
        let key = inventory.map { LoadedInventory.key(of: $0) }
        for run in try await journal.runs(of: key, limit: limit) {
            let isAround = try await journal.leavesOut(run.id)
            let running = run.result == nil && InventoryLock.isHeld(of: run.inventory, for: run.id)
            lines.append(
                Line(
                    id: run.id, started: run.started, inventory: run.inventory, runbook: run.runbook,
                    result: run.result, stage: try await journal.lastStage(of: run.id), running: running,
                    without: isAround ? RunState(try await journal.events(of: run.id)).leftOut.sorted() : []))
        }
        if output == .json {
            for line in lines { Console.out(JSONText.line(line)) }
            return
        }
        if lines.isEmpty { Console.out("no runs yet") }
        let rows = lines.map { line in
            [
                line.id.text, String(line.started.prefix(19)), line.words, line.stage ?? "-", line.runbook,
                line.inventory,
            ]
        }
        if !rows.isEmpty {
            Console.out(TextTable(["RUN", "STARTED (UTC)", "RESULT", "STAGE", "RUNBOOK", "INVENTORY"], rows).text)
        }
    }
}
