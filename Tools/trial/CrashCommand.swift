import ArgumentParser
import Execution
import Foundation
import Journaling
import Planning
import TestSupport
import Transport

/// Runs the crash tests' runbook on nodes that a folder holds, and lets something go wrong on the way.
///
/// Prints how the run ended and how many failpoints it passed, unless it is killed first.
struct CrashCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "crash", abstract: "Run a runbook with a fault at one place.")

    @Option(help: "Where the nodes live.") var nodes: String
    @Option(help: "The journal.") var journal: String
    @Option(help: "What goes wrong.") var fault = Fault.kill
    @Option(help: "At which failpoint, counted from 1; 0 for none.") var at = 0
    @Flag(help: "The last stage fails and is taken back.") var failing = false

    func run() async throws {
        let failpoints = Failpoints(fault, at: at, journal: journal)
        let record = try Journal(path: journal) { moment, _ in failpoints.write(moment) }
        let (plan, endpoints) = try CrashRunbook.plan(isFailing: failing)
        let connections = Connections(
            endpoints, connector: FailingConnector(try SimulatedFleet(keptIn: nodes), failpoints))
        var generator = SystemRandomNumberGenerator()
        // What did not end well is gone on with, as harun resume does.
        let left = try await record.runs(limit: 1).first { $0.result != .done && $0.result != .rolledBack }
        let run = left?.id ?? RunID(timestamp: "20261123-190214", using: &generator)
        let state = RunState(left == nil ? [] : try await record.events(of: run))
        let engine = Engine(
            plan, connections: connections, recorder: Recorder(run: run, journal: record, after: state) { _ in },
            patience: .zero)
        let result: String
        do {
            if left != nil {
                print("\(try await engine.resume(version: "0").result.rawValue) \(failpoints.passed)")
                return
            }
            let source = PlanSource(
                inventory: "/home/operator/inventory.toml", inventoryText: "", runbook: "/runbook.toml", runbookText: ""
            )
            result = try await engine.run(source: source, version: "0").result.rawValue
        } catch {
            result = "no journal"
        }
        print("\(result) \(failpoints.passed)")
    }
}
