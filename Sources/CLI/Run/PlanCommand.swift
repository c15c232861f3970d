import ArgumentParser
import Foundation
import Planning

/// `harun plan`: what a deploy would do, from what the nodes say, changing nothing.
struct PlanCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "plan", abstract: "Show what deploy would do on each node, and how it is undone.",
        discussion: """
            Probes every step on every node, in one round trip a node and stage, and changes nothing. What depends on \
            an earlier step that is not done yet is shown as such and not guessed.
            """)

    @Argument(help: "The inventory.") var inventory: String
    @OptionGroup var log: LogOptions
    @Option(help: "live, plain or json.") var output = OutputFormat.live
    @Option(name: .customShort("o"), help: "Also write the plan as JSON to this file.") var file: String?

    func run() async throws {
        let loaded = try LoadedInventory(inventory)
        let plan = try loaded.plan(try RunbookFolder.load("ha-cluster"))
        if let file {
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
            try encoder.encode(PlanSummary(plan)).write(to: URL(fileURLWithPath: file))
        }
        try await Preview(loaded, plan, output).run()
    }
}
