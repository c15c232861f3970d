import ArgumentParser
import Journaling
import Reporting

/// `harun show`: everything that happened in a run.
struct ShowCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show", abstract: "Show every step, node, output and time of a run.")

    @Argument(help: "The run; the newest one where it is left out.") var run: String?
    @Flag(help: "Also the scripts that were run.") var scripts = false
    @Option(help: "live, plain or json.") var output = OutputFormat.live

    func run() async throws {
        let journal = try Journal(path: StateFolder.journal)
        let newest = try await journal.runs(limit: 1).first?.id
        guard let id = run.map({ RunID($0) }) ?? newest else {
            throw Console.failure("there are no runs yet", .usage)
        }
        let events = try await journal.events(of: id)
        if events.isEmpty {
            throw Console.failure("there is no run \(id)", next: "harun runs", .usage)
        }
        for event in events {
            Console.out(output == .json ? JSONText.line(event) : EventText(event, withScript: scripts).text)
        }
    }
}
