import ArgumentParser
import Foundation
import Journaling
import Reporting

/// `harun runs`: the history.
struct RunsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "runs", abstract: "List the runs, newest first.")

    @Option(help: "How many.") var limit = 20
    @Option(help: "live, plain or json.") var output = OutputFormat.live

    func run() async throws {
        let runs = try await Journal(path: StateFolder.journal).runs(limit: limit)
        if output == .json {
            for run in runs { Console.out(JSONText.line(run)) }
            return
        }
        if runs.isEmpty { Console.out("no runs yet") }
        let rows = runs.map { [$0.id.text, $0.result?.rawValue ?? "no end", $0.runbook, $0.inventory] }
        if !rows.isEmpty { Console.out(TextTable(["RUN", "RESULT", "RUNBOOK", "INVENTORY"], rows).text) }
    }
}
