import ArgumentParser
import Journaling
import Planning
import Reporting

/// `harun show`: everything that happened in a run.
struct ShowCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show", abstract: "Show every step, node, output and time of a run.",
        discussion: """
            Every event in its order: intents and outcomes, drift, what was skipped, resumes and rollbacks; at the end \
            where the run stands. With --output json each event is one line, scripts included.
            """)

    @Argument(
        help: ArgumentHelp(
            "The run, or an inventory for its newest; the newest of all where it is left out.",
            valueName: "inventory|run"))
    var run: String?
    @Flag(help: "Also the scripts that were run.") var scripts = false
    @Flag(help: "Only the inventory as it was when the run began.") var inventory = false
    @Flag(help: "Only the runbook as it was when the run began.") var runbook = false
    @Option(help: "live, plain or json.") var output = OutputFormat.live

    func run() async throws {
        let journal = try StateFolder.openJournal()
        guard let id = try await choose(journal) else { throw Console.failure("there are no runs yet", .usage) }
        let events = try await journal.events(of: id)
        if inventory || runbook { return try showSource(of: id, events) }
        for event in events {
            Console.out(output == .json ? JSONText.line(event) : EventText(event, withScript: scripts).text)
        }
        if output != .json { Console.out("\n" + RunText(id, events).text) }
    }

    private func choose(_ journal: Journal) async throws -> RunID? {
        guard let run else { return try await journal.runs(limit: 1).first?.id }
        switch try await RunSubject(run, in: journal) {
        case .run(let record): return record.id
        case .inventory(let key): return try await journal.runs(of: key, limit: 1).first?.id
        }
    }

    private func showSource(of id: RunID, _ events: [Event]) throws {
        guard let source = events.first(where: { $0.event == .start })?.source else {
            throw Console.failure("run \(id) was begun by a harun that did not keep them", .usage)
        }
        Console.raw(inventory ? source.inventoryText : source.runbookText)
    }
}
