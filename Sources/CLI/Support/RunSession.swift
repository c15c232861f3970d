import ArgumentParser
import Execution
import Foundation
import Inventory
import Journaling
import Planning
import Probing
import Reporting
import SSH
import Transport

/// One run from the lock to the last line: what `deploy` and `run` share.
struct RunSession {
    let loaded: LoadedInventory
    let plan: Plan
    let source: PlanSource
    let onFailure: OnFailure
    let output: OutputFormat
    let lease: LeaseOptions

    /// Runs the plan and shows it.
    ///
    /// - Returns: the connections, still open, for whoever wants to show the result on them.
    /// - Throws: an exit with the run's code where it is not done.
    func run() async throws -> Connections {
        let lock = try InventoryLock(inventory: loaded.absolutePath)
        defer { withExtendedLifetime(lock) {} }
        let journal: Journal
        do {
            journal = try Journal(path: StateFolder.journal)
        } catch {
            throw Console.failure("\(error)", .locked)
        }
        if let unfinished = try await journal.unfinishedRun(inventory: loaded.absolutePath) {
            Console.err(
                "note:  run \(unfinished.id) of this inventory never wrote its end; every step is probed anew, so "
                    + "this run goes on where the nodes stand")
        }
        var generator = SystemRandomNumberGenerator()
        let run = RunID(timestamp: Self.timestamp(), using: &generator)
        let renderer = output.renderer(nodes: plan.nodes)
        let recorder = Recorder(run: run, journal: journal) { renderer.show($0) }
        let connections = loaded.connections(to: plan)
        let interruption = Interruption()
        let engine = Engine(
            plan, connections: connections, recorder: recorder, onFailure: onFailure, interruption: interruption,
            prober: SocketProber(), leases: try await lease.leases(for: run, of: loaded.absolutePath, journal))
        let source = source
        let work = Task { try await engine.run(source: source, version: Program.version) }
        Signals.watch(interruption) { work.cancel() }
        let result: RunResult
        let failures: [StepFailure]
        do {
            (result, failures) = try await work.value
        } catch {
            throw Console.failure("\(error)", next: "free the disk or mend the journal, then run again", ExitCode(3))
        }
        renderer.finish()
        if result == .done { return connections }
        let outcome = await recorder.state
        for group in FailureReport.group(failures) {
            let report = FailureReport(
                group.failure, alsoOn: group.others, result: result, outcome: outcome, run: run, inventory: loaded.path)
            Console.err(report.text)
        }
        if result == .interrupted {
            Console.err("interrupted at a consistent point; go on with: harun deploy \(loaded.path)")
        }
        await connections.closeAll()
        if failures.contains(where: { $0.lease != nil }) { throw ExitCode.locked }
        throw ExitCode(result.exitCode)
    }

    private static func timestamp() -> String {
        let formatter = DateFormatter()
        formatter.locale = Locale(identifier: "en_US_POSIX")
        formatter.dateFormat = "yyyyMMdd-HHmmss"
        return formatter.string(from: .now)
    }
}
