import ArgumentParser
import Execution
import Foundation
import Inventory
import Planning

/// `harun deploy`: the guide from its first stage to the failover verification.
struct DeployCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "deploy", abstract: "Take the nodes to a proven cluster: every stage, to a measured failover.",
        discussion: """
            What is true already is left alone, so a second deploy changes nothing. A disk is formatted only where \
            every node proves that it is the same LUN and empty; no option changes that.

            Stages: preflight, desktop, storage, packages, cluster, fencing, resources, constraints, failover.
            """)

    @Argument(help: "The inventory.") var inventory: String
    @Flag(help: "Do not ask before the first change.") var yes = false
    @Option(help: ArgumentHelp("Begin with this stage.", valueName: "stage")) var from: String?
    @Option(help: ArgumentHelp("End with this stage.", valueName: "stage")) var to: String?
    @Option(help: ArgumentHelp("Only this stage.", valueName: "stage")) var only: String?
    @Option(help: "What to do when a stage failed: rollback or stop.") var onFailure = OnFailure.rollback
    @OptionGroup var lease: LeaseOptions
    @Option(help: "live, plain or json.") var output = OutputFormat.live

    func run() async throws {
        let loaded = try LoadedInventory(inventory)
        let runbook = try RunbookFolder.load("ha-cluster")
        let whole = try loaded.plan(runbook)
        for name in [from, to, only].compactMap({ $0 }) where !whole.stages.contains(where: { $0.name == name }) {
            throw Console.failure(
                "this plan has no stage `\(name)`", next: "one of: " + whole.stages.map(\.name).joined(separator: ", "),
                .usage)
        }
        let plan = whole.narrowed(from: only ?? from, to: only ?? to)
        if plan.stages.isEmpty { throw Console.failure("no stage is left between --from and --to", .usage) }
        try Consent.secrets(for: loaded.fleet)
        try Consent.ask(for: plan, inventory: inventory, yes: yes)
        let connections = try await RunSession(
            loaded: loaded, plan: plan, source: loaded.source(runbook, from: only ?? from, to: only ?? to),
            onFailure: onFailure, output: output, lease: lease
        ).run()
        if output != .json, loaded.fleet.cluster != nil {
            try? await StatusScreen(loaded, connections).show()
            Console.out("")
            Console.out("look further:  harun status \(inventory)   harun show   harun runs")
        }
        await connections.closeAll()
    }
}

extension OnFailure: ExpressibleByArgument {}
