import ArgumentParser
import Execution

/// `harun run`: the same engine on any runbook.
struct RunCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run", abstract: "Run a runbook of your own on the nodes of an inventory.",
        discussion: "The runbook is a folder with a runbook.toml; docs/runbook-reference.md teaches its format.")

    @Argument(help: "The runbook: a folder, a file, or a name that comes with harun.") var runbook: String
    @Argument(help: "The inventory.") var inventory: String
    @Flag(help: "Do not ask before the first change.") var yes = false
    @Option(help: "What to do when a stage failed: rollback or stop.") var onFailure = OnFailure.rollback
    @OptionGroup var lease: LeaseOptions
    @Option(help: "live, plain or json.") var output = OutputFormat.live

    func run() async throws {
        let loaded = try LoadedInventory(inventory)
        let book = try RunbookFolder.load(runbook)
        let plan = try loaded.plan(book)
        try Consent.secrets(for: loaded.fleet)
        try Consent.ask(for: plan, inventory: inventory, yes: yes)
        let connections = try await RunSession(
            loaded: loaded, plan: plan, source: loaded.source(book), onFailure: onFailure, output: output, lease: lease
        ).run()
        await connections.closeAll()
    }
}
