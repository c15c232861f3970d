import ArgumentParser
import Documents
import Execution
import Foundation
import Inventory
import Reporting
import SSH
import Transport

/// `harun exec`: one command on many nodes at once.
struct ExecCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "exec", abstract: "Run one command on many nodes, in parallel.",
        discussion: """
            harun exec inventory.toml -- uptime
            harun exec inventory.toml --on 'nodo*,!nodo3' -- 'systemctl is-active pacemaker'

            The words behind -- are joined with spaces and given to sh on the node. Exit code 0 only where the \
            command is proved to have ended with 0 on every node.
            """)

    @Argument(help: "The inventory.") var inventory: String
    @Option(help: "Names, globs and groups, separated by commas; ! takes away.") var on: String?
    @Option(help: "How long the command may take: 90s, 5m.") var timeout = "60s"
    @Option(help: "live, plain or json.") var output = OutputFormat.live
    @Argument(parsing: .postTerminator, help: "The command.") var command: [String]

    private struct Line: Encodable {
        var node: String
        var outcome: String
        var code: Int?
        var signal: String?
        var stdout: String
        var stderr: String
        var seconds: Double
        var error: String?
    }

    func validate() throws {
        if command.isEmpty { throw ValidationError("give the command behind --: harun exec FILE -- uptime") }
        if Duration(shorthand: timeout) == nil { throw ValidationError("--timeout wants 90s, 5m or 1h") }
    }

    func run() async throws {
        let loaded = try LoadedInventory(inventory)
        let nodes = try select(loaded.fleet)
        let limit = Duration(shorthand: timeout) ?? .seconds(60)
        let command = Command(self.command.joined(separator: " "), timeout: limit)
        let connector = SSHConnector.forConsole()
        let output = output
        let width = nodes.map(\.name.text.count).max() ?? 0
        let path = loaded.path
        let allWell = await withTaskGroup(of: Bool.self) { group in
            for node in nodes {
                let endpoint = node.endpoint()
                group.addTask {
                    let line = await Self.run(command, on: endpoint, connector, inventory: path)
                    Self.show(line, output, width)
                    return line.outcome == "exited" && line.code == 0
                }
            }
            var allWell = true
            for await isWell in group { allWell = allWell && isWell }
            return allWell
        }
        if !allWell { throw ExitCode(1) }
    }

    private func select(_ fleet: Fleet) throws -> [Node] {
        guard let on else { return fleet.nodes }
        do {
            return try fleet.select(try Selector(on))
        } catch {
            throw Console.failure("\(error)", .usage)
        }
    }

    private static func run(
        _ command: Command, on endpoint: Endpoint, _ connector: SSHConnector, inventory: String
    ) async -> Line {
        let began = ContinuousClock.now
        var line = Line(node: endpoint.node.text, outcome: "unreachable", stdout: "", stderr: "", seconds: 0)
        do throws(TransportError) {
            let connection = try await connector.connect(to: endpoint)
            let result = try await connection.run(command)
            await connection.close()
            line.stdout = result.outputText
            line.stderr = result.errorText
            switch result.outcome {
            case .exited(let code): (line.outcome, line.code) = ("exited", Int(code))
            case .signalled(let name): (line.outcome, line.signal) = ("signalled", name)
            case .unknown: line.outcome = "unknown"
            }
        } catch {
            if case .timedOut("command", _) = error { line.outcome = "timed-out" }
            line.error = error.description
            if line.outcome == "unreachable" { line.error? += "\nnext: \(error.advice(inventory: inventory))" }
        }
        line.seconds = ((ContinuousClock.now - began).inSeconds * 1000).rounded() / 1000
        return line
    }

    private static func show(_ line: Line, _ output: OutputFormat, _ width: Int) {
        if output == .json { return Console.out(JSONText.line(line)) }
        let margin = line.node.padded(to: width) + " | "
        func block(_ text: String) -> String {
            text.split(whereSeparator: \.isNewline).map { margin + $0 }.joined(separator: "\n")
        }
        if !line.stdout.isEmpty { Console.out(block(line.stdout)) }
        if !line.stderr.isEmpty { Console.err(block(line.stderr)) }
        if let error = line.error { Console.err(block("error: \(error)")) }
        if line.outcome != "exited" && line.error == nil { Console.err(margin + "error: \(line.outcome)") }
        if let code = line.code, code != 0 { Console.err(margin + "exit code \(code)") }
    }
}
