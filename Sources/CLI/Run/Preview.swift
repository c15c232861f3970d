import ArgumentParser
import Execution
import Foundation
import Inventory
import Journaling
import Planning
import Probing
import Reporting
import Transport

/// Connects, probes a plan and shows it; the work behind `plan` and `check --online`.
struct Preview: Sendable {
    private let loaded: LoadedInventory
    private let plan: Plan
    private let output: OutputFormat

    init(_ loaded: LoadedInventory, _ plan: Plan, _ output: OutputFormat) {
        self.loaded = loaded
        self.plan = plan
        self.output = output
    }

    /// Shows every stage as it is known.
    ///
    /// - Throws: an exit: 1 where a node cannot be reached or a probe failed, 4 where a guard refuses.
    func run() async throws { try await Signals.reading { try await show() } }

    private func show() async throws {
        let connections = loaded.connections(to: plan)
        let unreachable = await connections.connectAll()
        if !unreachable.isEmpty {
            for (node, error) in unreachable.sorted(by: { $0.key < $1.key }) {
                Console.err("error: \(node): \(error)\nnext:  \(error.advice(inventory: loaded.path))")
            }
            await connections.closeAll()
            throw ExitCode(1)
        }
        let journal = try Journal(path: StateFolder.journal, log: ConsoleLog.logger)
        let recorder = Recorder(run: RunID("plan"), journal: journal) { _ in }
        let probe = PlanProbe(plan, connections: connections, recorder: recorder, prober: SocketProber())
        var refused = false
        var failed = false
        var outlook = PlanOutlook()
        for stage in plan.stages where !Task.isCancelled {
            do throws(StepFailure) {
                let found = try await probe.rows(of: stage)
                var rows = outlook.rows(found.map { ($0.step, $0.verdicts, $0.outage) })
                for (index, row) in found.enumerated() { rows[index].remarks = row.remarks }
                refused = refused || rows.contains(where: \.isRefused)
                failed = failed || rows.contains(where: \.isFailed)
                let view = PlanView(stage, rows: rows)
                Console.out(output == .json ? view.json : view.text)
            } catch {
                Console.err("error: \(error.node?.text ?? ""): \(error.message)")
                failed = true
            }
        }
        await connections.closeAll()
        if refused { throw ExitCode.refused }
        if failed { throw ExitCode(1) }
    }
}
