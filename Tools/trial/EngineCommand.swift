import ArgumentParser
import Execution
import Foundation
import Journaling
import Planning
import Synchronization
import TestSupport
import Transport

/// Takes a fleet in memory through a runbook, with a real journal on disk, and says what that cost.
struct EngineCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "engine", abstract: "Measure the engine on nodes in memory.")

    @Option(help: "How many nodes.") var nodes = 10_000
    @Option(help: "How many steps, in stages of ten.") var steps = 50
    @Option(help: "The folder for the journal, on a real disk.") var folder = "/var/tmp"
    @Flag(help: "Run once more, with every step true already.") var again = false

    func run() async throws {
        Allocator.shareHeaps()
        let folder = folder + "/harun-bench-\(getpid())"
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let journal = try Journal(path: folder + "/journal.sqlite")
        let clock = ContinuousClock()
        var began = clock.now
        let (plan, endpoints) = try BenchRunbook.plan(nodes: nodes, steps: steps)
        print("plan: \(Self.seconds(clock.now - began)) s, \(Self.peak) MB peak")
        let fleet = MemoryFleet()
        for round in 0..<(again ? 2 : 1) {
            let events = Atomic(0)
            let recorder = Recorder(run: RunID("bench-\(round)"), journal: journal) { event in
                if event.event != .progress { events.add(1, ordering: .relaxed) }
            }
            let (commandsBefore, commitsBefore) = (fleet.commands.load(ordering: .relaxed), await journal.commits)
            let cpu = Self.cpu
            began = clock.now
            let engine = Engine(plan, connections: Connections(endpoints, connector: fleet), recorder: recorder)
            let source = PlanSource(inventory: "/bench", inventoryText: "", runbook: "/runbook.toml", runbookText: "")
            let (result, _) = try await engine.run(source: source, version: "0")
            let wall = clock.now - began
            let count = events.load(ordering: .relaxed)
            let commits = await journal.commits - commitsBefore
            print(
                """
                \(round == 0 ? "first run" : "again") of \(nodes) nodes x \(steps) steps: \(result.rawValue) in \
                \(Self.seconds(wall)) s, \(Self.seconds(Self.cpu - cpu)) s of CPU, \(Self.peak) MB peak, \
                \(fleet.commands.load(ordering: .relaxed) - commandsBefore) commands, \(count) events in \(commits) \
                commits, \(Int(Double(count) / (wall / .seconds(1)))) events/s
                """)
        }
    }

    /// The most memory this process ever had, in MB.
    private static var peak: Int { usage.ru_maxrss / 1024 }

    private static var cpu: Duration {
        let usage = usage
        let seconds = usage.ru_utime.tv_sec + usage.ru_stime.tv_sec
        return .seconds(seconds) + .microseconds(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec)
    }

    private static var usage: rusage {
        var usage = rusage()
        getrusage(RUSAGE_SELF.rawValue, &usage)
        return usage
    }

    private static func seconds(_ duration: Duration) -> String {
        String(format: "%.2f", duration / .seconds(1))
    }
}
