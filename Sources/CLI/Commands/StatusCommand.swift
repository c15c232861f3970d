import ArgumentParser
import Execution
import Foundation
import Inventory
import Reporting
import SSH

/// `harun status`: the cluster on one screen.
struct StatusCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status", abstract: "Show the cluster on one screen; exit code 1 where something is wrong.")

    @Argument(help: "The inventory.") var inventory: String
    @Option(help: "live, plain or json.") var output = OutputFormat.live
    @Flag(help: "Show it again every two seconds, until Ctrl-C.") var watch = false

    func run() async throws {
        let loaded = try LoadedInventory(inventory)
        let connections = Connections(loaded.fleet.nodes.map { $0.endpoint() }, connector: SSHConnector.forConsole())
        try await Signals.reading { try await show(loaded, connections) }
    }

    private func show(_ loaded: LoadedInventory, _ connections: Connections) async throws {
        var isWell = true
        repeat {
            let view = await StatusScreen(loaded, connections).view()
            if watch, Console.isTerminal { Console.raw("\u{1B}[H\u{1B}[2J") }
            Console.out(output == .json ? view.json : view.text)
            isWell = view.warnings.isEmpty
            if watch { try await Task.sleep(for: .seconds(2)) }
        } while watch
        await connections.closeAll()
        if !isWell { throw ExitCode(1) }
    }
}
