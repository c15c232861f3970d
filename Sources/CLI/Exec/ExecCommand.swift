import ArgumentParser
import Documents
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
            harun exec inventory.toml --group -- uname -r       equal answers once, with their nodes
            harun exec inventory.toml --stdin -- 'cat >/etc/motd' <motd

            The words behind -- are joined with spaces and given to sh on the node, so quote what the node's \
            shell is to see as one. Lines come as they are printed: NODE | for standard output, NODE ! for \
            standard error. Ctrl-C ends the command on every node and says where that is proved; a second one does not \
            wait. What left the command's process group there (setsid, systemd-run) goes on. No lease is taken: a \
            run may be at work there.

            Exit codes: 0 proved to have ended with 0 on every node, 1 failed or not reached somewhere, \
            3 somewhere nobody can prove how it ended, 130 interrupted.
            """)

    @Argument(help: "The inventory.") var inventory: String
    @OptionGroup var selection: NodeSelection
    @Flag(help: "Show equal results once, with the nodes that gave them.") var group = false
    @Flag(help: "Give this process's standard input to the command on every node.") var stdin = false
    @Option(help: "How long the command may take: 90s, 5m.") var timeout = "60s"
    @Option(help: "On how many nodes at once; all of them by default.") var concurrency: Int?
    @OptionGroup var log: LogOptions
    @Option(help: "live, plain or json.") var output = OutputFormat.live
    @Argument(parsing: .postTerminator, help: "The command.") var command: [String]

    func validate() throws {
        if command.isEmpty { throw ValidationError("give the command behind --: harun exec FILE -- uptime") }
        if Duration(shorthand: timeout) == nil { throw ValidationError("--timeout wants 90s, 5m or 1h") }
        if let concurrency, concurrency < 1 { throw ValidationError("--concurrency wants a number from 1 on") }
        if group, output == .json { throw ValidationError("--group is for people; with --output json leave it out") }
    }

    func run() async throws {
        let loaded = try LoadedInventory(inventory)
        let nodes = try selection.nodes(of: loaded.fleet)
        let names = nodes.map(\.name)
        let input = stdin ? try StandardInput.read() : []
        let status = output == .live && Console.errorIsTerminal ? NodeStatusLine(names) : nil
        let view = view(names, status)
        var command = Command(
            self.command.joined(separator: " "), input: input, timeout: Duration(shorthand: timeout) ?? .seconds(60))
        command.keepsOutput = view.needsOutput
        let work = ExecWork(command: command, inventory: loaded.path, view: view)
        let fan = NodeFan(work, nodes: nodes, status: status)
        let task = Task { [concurrency] in await fan.run(atOnce: concurrency ?? nodes.count) }
        Signals.react(
            Signals.Reaction {
                status?.clear()
                Console.errNow("\nending the command on every node; once more to stop at once, and it may run on")
                task.cancel()
            } again: {
                let left = fan.outstanding
                if !left.isEmpty {
                    Console.errNow("\ncut: unknown on \(NodeRanges.text(left)), it may still run there")
                }
                Signals.end()
            })
        let tally = await task.value
        view.finish(tally)
        if task.isCancelled { throw ExitCode(130) }
        if tally.exitCode != 0 { throw ExitCode(tally.exitCode) }
    }

    private func view(_ nodes: [NodeName], _ status: NodeStatusLine?) -> any ExecView {
        if output == .json { return JSONExecView() }
        return group ? GroupedExecView(nodes, status: status) : LiveExecView(nodes, status: status)
    }
}
