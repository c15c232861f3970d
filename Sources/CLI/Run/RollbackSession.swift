import ArgumentParser
import Execution
import Foundation
import Journaling
import Planning
import Reporting
import Transport

/// The part of `harun rollback` that writes: leases, events, and the last lines.
struct RollbackSession {
    let run: JournaledRun
    let checkpoint: String?
    /// What a person decided not to take back, and why.
    var skips: [RunState.Key: String] = [:]
    /// Nodes that are left out.
    var absent: Set<NodeName> = []
    let lease: LeaseOptions
    let output: OutputFormat

    /// Takes the run back and shows it.
    ///
    /// - Throws: an exit where not everything was taken back that can be.
    func run(_ journal: Journal) async throws {
        InventoryLock.note(run.id, of: run.inventory.key)
        let renderer = output.renderer(nodes: run.plan.nodes)
        let recorder = run.recorder(journal) { renderer.show($0) }
        let connections = run.connections()
        let interruption = Interruption()
        let rollback = RollbackRun(
            run.plan, connections: connections, recorder: recorder,
            leases: try await lease.leases(for: run.id, of: run.inventory.key, journal), interruption: interruption)
        let (checkpoint, skips, absent) = (checkpoint, skips, absent)
        let work = Task { try await rollback.run(to: checkpoint, skipping: skips, without: absent) }
        Signals.stop(interruption, inFlight: recorder) { work.cancel() }
        let result: RunResult
        let failures: [StepFailure]
        do {
            (result, failures) = try await work.value
        } catch {
            throw Console.failure("\(error)", next: "free the disk or mend the journal, then: \(again)", ExitCode(3))
        }
        renderer.finish()
        await connections.closeAll()
        for group in FailureReport.group(failures) {
            let report = FailureReport(
                group.failure, alsoOn: group.others, plan: PlanSummary(run.plan), result: result,
                outcome: await recorder.state, run: run.id, inventory: run.source.inventory)
            Console.err(report.text)
        }
        if failures.contains(where: { $0.lease != nil }) { throw ExitCode.locked }
        switch result {
        case .rolledBack: return
        case .failed where failures.isEmpty && !absent.isEmpty:
            let names = absent.sorted().map(\.text).joined(separator: ", ")
            Console.err(
                "state: \(names) was left out; see harun show \(run.id)\nnext:  once it answers again: \(again)")
        case .interrupted: Console.err("interrupted at a consistent point; go on with: \(again)")
        default: Console.err("state: not everything was taken back\nnext:  harun show \(run.id), then again: \(again)")
        }
        throw ExitCode(result.exitCode)
    }

    private var again: String { "harun rollback \(run.id)" + (checkpoint.map { " --to \($0)" } ?? "") }
}
