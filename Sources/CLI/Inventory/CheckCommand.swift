import ArgumentParser
import Execution
import Foundation
import Journaling
import Planning
import SSH
import Transport

/// `harun check`: everything wrong in an inventory, and with `--online` the preflight of its nodes.
struct CheckCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check", abstract: "Show everything that is wrong in an inventory.",
        discussion: """
            Offline, it reads the file alone and tells every error with its line and column. With --online it also \
            connects to the nodes and shows the preflight; nothing is changed on them.
            """)

    @Argument(help: "The inventory.") var inventory: String
    @Flag(help: "Also connect to the nodes and run the read-only preflight.") var online = false
    @OptionGroup var log: LogOptions
    @Option(help: "live, plain or json.") var output = OutputFormat.live

    func run() async throws {
        let loaded = try LoadedInventory(inventory, output)
        let plan = try loaded.plan(try RunbookFolder.load("ha-cluster"), output)
        guard online else {
            if output == .json { return Console.out(InventoryReport(inventory, plan).json) }
            let stages = plan.stages.map(\.name).joined(separator: ", ")
            Console.out("\(inventory): no errors; \(plan.nodes.count) nodes, stages \(stages)")
            return
        }
        try await Preview(loaded, plan.narrowed(from: nil, to: "preflight"), output).run()
    }
}
