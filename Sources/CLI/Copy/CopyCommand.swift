import ArgumentParser
import Foundation
import Inventory
import Reporting
import Transport

/// `harun copy`: one file to many nodes at once, or from them.
struct CopyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "copy", abstract: "Copy a file to many nodes, or from them, in parallel.",
        discussion: """
            harun copy motd inventory.toml:/etc/motd
            harun copy image.iso inventory.toml:/var/tmp/ --on 'nodo*,!nodo3'
            harun copy inventory.toml:/var/log/syslog logs/           logs/NODE/syslog
            harun copy inventory.toml:/etc/hosts hosts --on nodo1     one node, one file

            What has :/ in it is on the nodes. A / at the end says "into this folder"; what comes from nodes \
            lies there as FOLDER/NODE/NAME, however many they are. A file gets its name, in the place of an older one or a \
            link, only once its checksum is proved. A copy that is cut, by Ctrl-C too, leaves what arrived \
            beside it under a hidden name that is told, and the same command goes on there. No lease is taken: a run may be \
            at work there.

            Exit codes: 0 proved to be there on every node, 1 somewhere it is not, 130 interrupted.
            """)

    @Argument(help: "A file of this machine, or INVENTORY:/PATH.") var from: String
    @Argument(help: "INVENTORY:/PATH, or a file or folder of this machine.") var to: String
    @OptionGroup var selection: NodeSelection
    @OptionGroup var log: LogOptions
    @Option(help: "Permissions on the nodes: 0640; those of the file by default.") var mode: String?
    @Option(help: "Its owner on the nodes, user or user:group; by default whoever writes.") var owner: String?
    @Option(help: "To or from how many nodes at once.") var concurrency = 16
    @Option(help: "live, plain or json.") var output = OutputFormat.live

    func validate() throws {
        if let mode, Self.bits(mode) == nil { throw ValidationError("--mode wants octal digits: 0640") }
        if let owner, owner.wholeMatch(of: /[^:\s]+(:[^:\s]+)?/) == nil {
            throw ValidationError("--owner wants user or user:group")
        }
        if concurrency < 1 { throw ValidationError("--concurrency wants a number from 1 on") }
    }

    func run() async throws {
        let request = try orExit { () throws(CopyRequest.Problem) in
            try CopyRequest(from: from, to: to, mode: mode, owner: owner, on: selection.on)
        }
        let loaded = try LoadedInventory(request.inventory)
        let nodes = try selection.nodes(of: loaded.fleet)
        let names = nodes.map(\.name)
        let source = try orExit { () throws(CopyRequest.Problem) in
            request.direction == .up ? try request.checkedSource() : nil
        }
        try orExit { () throws(CopyRequest.Problem) in if source == nil { try request.checkTarget(names) } }
        let made = try orExit(request.makeFolder)
        defer { LocalFile.removeEmpty(made) }
        let progress = CopyProgress(size: source?.size, nodes: nodes.count)
        let status =
            output == .live && Console.errorIsTerminal ? NodeStatusLine(names) { progress.text } : nil
        let view: any CopyView = output == .json ? JSONCopyView() : LiveCopyView(names, request, status: status)
        let work = CopyWork(
            request, mode: mode.flatMap(Self.bits) ?? source?.mode ?? 0o600, view: view, progress: progress)
        let fan = NodeFan(work, nodes: nodes, status: status)
        let task = Task { [concurrency] in await fan.run(atOnce: concurrency) }
        Signals.react(
            Signals.Reaction {
                status?.clear()
                Console.errNow("\nstopping; what arrived stays for the next copy; once more to stop at once")
                task.cancel()
            } again: {
                let left = fan.outstanding
                if !left.isEmpty {
                    Console.errNow(
                        "\ncut on \(NodeRanges.text(left)): the file there is the old one or the whole new one")
                }
                Signals.end()
            })
        let tally = await task.value
        view.finish(tally)
        if task.isCancelled { throw ExitCode(130) }
        if work.hasSentDifferentFiles {
            throw Console.failure(
                "\(request.local) changed while it was sent: not every node has the same",
                next: request.line(on: names),
                ExitCode(1))
        }
        if tally.exitCode != 0 { throw ExitCode(tally.exitCode) }
    }

    /// What is wrong before anything was asked of a node, as an error with exit code 64.
    private func orExit<Value>(_ work: () throws(CopyRequest.Problem) -> Value) throws -> Value {
        do throws(CopyRequest.Problem) {
            return try work()
        } catch {
            throw Console.failure(error.message, next: error.next, .usage)
        }
    }

    private static func bits(_ text: String) -> UInt16? {
        (3...4).contains(text.utf8.count) ? UInt16(text, radix: 8).flatMap { text.hasPrefix("+") ? nil : $0 } : nil
    }
}
