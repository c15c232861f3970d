import ArgumentParser
import Execution
import Foundation
import Inventory
import Planning
import Reporting

/// `harun status`: the cluster on one screen.
struct StatusCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status", abstract: "Show the cluster on one screen, beside what the inventory asks for.",
        discussion: """
            healthy: everything the inventory asks for is there, runs, can fail over now and can be fenced now. Each \
            difference is named with the line that mends it. What could not be asked is unknown, never well.

            Exit code 0: healthy. 1: something is wrong. 3: nothing is known to be wrong, and not all could be asked.
            """)

    @Argument(help: "The inventory.") var inventory: String
    @OptionGroup var log: LogOptions
    @Option(help: "live, plain or json.") var output = OutputFormat.live
    @Flag(help: "Show it again every two seconds, until Ctrl-C.") var watch = false

    func run() async throws {
        let loaded = try LoadedInventory(inventory)
        let plan = try loaded.plan(try RunbookFolder.load("ha-cluster"))
        let connections = loaded.connections(to: plan)
        try await Signals.reading { try await show(loaded, plan, connections) }
    }

    private func show(_ loaded: LoadedInventory, _ plan: Plan, _ connections: Connections) async throws {
        var verdict = ClusterStatusView.Verdict.healthy
        repeat {
            let view = await StatusScreen(loaded, plan, connections).view()
            if watch, Console.isTerminal { Console.raw("\u{1B}[H\u{1B}[2J") }
            Console.out(output == .json ? view.json : view.text)
            verdict = view.verdict
            if watch { try await Task.sleep(for: .seconds(2)) }
        } while watch
        await connections.closeAll()
        switch verdict {
        case .healthy: break
        case .broken: throw ExitCode(1)
        case .unknown: throw ExitCode(3)
        }
    }
}
