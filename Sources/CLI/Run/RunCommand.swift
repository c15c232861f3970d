import ArgumentParser
import Execution
import Transport

/// `harun run`: the same engine on any runbook.
struct RunCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run", abstract: "Run a runbook of your own on the nodes of an inventory.",
        discussion: "The runbook is a folder with a runbook.toml; docs/runbook-reference.md teaches its format.")

    @Argument(help: "The runbook: a folder, a file, or a name that comes with harun.") var runbook: String
    @Argument(help: "The inventory.") var inventory: String
    @Flag(help: "Do not ask before the first change.") var yes = false
    @Option(help: "What to do when a stage failed: rollback, stop or ask.") var onFailure = OnFailure.rollback
    @OptionGroup var outage: OutageOption
    @OptionGroup var steps: StepOptions
    @OptionGroup var lease: LeaseOptions
    @OptionGroup var log: LogOptions
    @Option(help: "live, plain or json.") var output = OutputFormat.live

    func run() async throws {
        let loaded = try LoadedInventory(inventory)
        let book = try RunbookFolder.load(runbook)
        let plan = try loaded.plan(book)
        let run = try await RunOpening(
            loaded: loaded, source: loaded.source(book), plan: plan, yes: yes, outage: outage, onFailure: onFailure,
            output: output,
            lease: lease, steps: steps, command: "harun run \(runbook.shellQuoted) \(inventory.shellQuoted)"
        ).run()
        await run.connections.closeAll()
    }
}
