import ArgumentParser
import Execution
import Foundation
import Inventory
import Planning
import Reporting
import Transport

/// `harun deploy`: the guide from its first stage to the failover verification.
struct DeployCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "deploy", abstract: "Take the nodes to a proven cluster: every stage, to a measured failover.",
        discussion: """
            What is true already is left alone, so a second deploy changes nothing. A disk is formatted only where \
            every node proves that it is the same LUN and empty; no option changes that. A run that was killed or \
            stopped is offered to be gone on with, see harun resume.

            Stages: preflight, desktop, storage, packages, cluster, fencing, resources, constraints, failover.
            """)

    @Argument(help: "The inventory.") var inventory: String
    @Flag(help: "Do not ask before the first change.") var yes = false
    @Option(help: ArgumentHelp("Begin with this stage.", valueName: "stage")) var from: String?
    @Option(help: ArgumentHelp("End with this stage.", valueName: "stage")) var to: String?
    @Option(help: ArgumentHelp("Only this stage.", valueName: "stage")) var only: String?
    @Option(help: ArgumentHelp("Only these nodes, where no step needs all of them.", valueName: "nodes"))
    var limit: String?
    @Option(help: "What to do when a stage failed: rollback, stop or ask.") var onFailure = OnFailure.rollback
    @Option(help: ArgumentHelp("Refuse to run another plan than this one, of harun plan -o.", valueName: "file"))
    var plan: String?
    @OptionGroup var outage: OutageOption
    @OptionGroup var steps: StepOptions
    @OptionGroup var lease: LeaseOptions
    @OptionGroup var log: LogOptions
    @Option(help: "live, plain or json.") var output = OutputFormat.live

    func run() async throws {
        let loaded = try LoadedInventory(inventory)
        let runbook = try RunbookFolder.load("ha-cluster")
        let whole = try loaded.plan(runbook)
        if let plan { try refuseOther(than: plan, whole) }
        for name in [from, to, only].compactMap({ $0 }) where !whole.stages.contains(where: { $0.name == name }) {
            throw Console.failure(
                "this plan has no stage `\(name)`", next: "one of: " + whole.stages.map(\.name).joined(separator: ", "),
                .usage)
        }
        let source = loaded.source(runbook, from: only ?? from, to: only ?? to, limit: limit)
        let narrowed = try loaded.narrow(whole, source)
        if narrowed.stages.isEmpty { throw Console.failure("no stage is left between --from and --to", .usage) }
        let run = try await RunOpening(
            loaded: loaded, source: source, plan: narrowed, yes: yes, outage: outage, onFailure: onFailure,
            output: output,
            lease: lease, steps: steps, command: "harun deploy \(inventory.shellQuoted)"
        ).run()
        // Before the last stage the cluster cannot be what the inventory asks for.
        let isWhole = narrowed.stages.last?.name == whole.stages.last?.name
        let isProved = run.isFoundTrue && narrowed.stages.count == whole.stages.count
        if output != .json, loaded.fleet.cluster != nil, limit == nil, isWhole {
            try? await Signals.reading {
                try await StatusScreen(loaded, whole, run.connections, isProved: isProved).show()
            }
            Console.out("")
            Console.out("look further:  harun status \(inventory)   harun show   harun runs")
        }
        await run.connections.closeAll()
    }

    /// - Throws: an exit where the file holds the plan of another inventory, runbook or harun.
    private func refuseOther(than path: String, _ whole: Plan) throws {
        guard let data = FileManager.default.contents(atPath: path),
            let reviewed = try? JSONDecoder().decode(PlanSummary.self, from: data)
        else {
            throw Console.failure(
                "\(path) is not a plan", next: "harun plan \(inventory.shellQuoted) -o \(path.shellQuoted)", .badInput)
        }
        let now = PlanSummary(whole)
        if reviewed == now { return }
        for line in PlanDifference(reviewed, now).lines { Console.err("  \(line)") }
        throw Console.failure(
            reviewed.fingerprint == now.fingerprint
                ? "another harun made the plan \(path), and this one plans the same files differently"
                : "the inventory or the runbook changed since the plan \(path) was made",
            next: "review the new one: harun plan \(inventory.shellQuoted) -o \(path.shellQuoted)", .refused)
    }
}
