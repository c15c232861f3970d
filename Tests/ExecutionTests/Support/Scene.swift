import Actions
import Documents
import Execution
import Foundation
import Inventory
import Journaling
import Planning
import Runbooks
import Steps
import Synchronization
import TestSupport
import Transport

/// A runbook on a simulated fleet, and everything a test wants to know of its runs.
final class Scene: Sendable {
    /// How a run ended and what the journal holds of it.
    struct Ending {
        var result: RunResult
        var failures: [StepFailure]
        var events: [Event]

        var state: RunState { RunState(events) }
        var end: Event? { events.last }

        /// `kind step node` of every event that has a step or a stage, in the journal's order.
        func lines(_ kinds: EventKind...) -> [String] {
            events.filter { kinds.isEmpty || kinds.contains($0.event) }.map { event in
                [event.event.rawValue, event.step?.step ?? event.stage, event.node?.text].compactMap { $0 }
                    .joined(separator: " ")
            }
        }
    }

    static let three: [NodeName] = ["n1", "n2", "n3"]

    let fleet: SimulatedFleet
    let journal: Journal
    let plan: Plan
    let source: PlanSource
    private let endpoints: [Endpoint]
    private let runs: Atomic<Int>

    /// - Parameters:
    ///   - fleet: the nodes of another scene, for an operator on another machine; new ones otherwise.
    ///   - earlier: how many runs there were before, so that two operators' runs have different names.
    ///   - change: what the test does to the plan before it is run.
    init(
        _ runbook: String, nodes: [NodeName] = three, fleet: SimulatedFleet? = nil, earlier: Int = 0,
        change: (inout Plan) -> Void = { _ in }
    ) throws {
        self.fleet = try fleet ?? SimulatedFleet()
        runs = Atomic(earlier)
        journal = try Journal(path: self.fleet.folder + "/journal-\(earlier)/runs.sqlite")
        let inventory = try Self.inventory(nodes)
        var plan = try Planner.plan(Runbook(parsing: runbook, file: "runbook.toml"), for: inventory)
        change(&plan)
        self.plan = plan
        source = PlanSource(
            inventory: "/home/operator/inventory.toml", inventoryText: inventory.sourceText,
            runbook: "/home/operator/runbook.toml", runbookText: runbook)
        endpoints = inventory.nodes.map { $0.endpoint() }
    }

    static func inventory(_ nodes: [NodeName]) throws -> Fleet {
        let text = nodes.enumerated().map { "[[node]]\nname = \"\($1)\"\naddress = \"192.0.2.\($0 + 1)\"\n" }
        return try Fleet.parse(
            text.joined(), file: "inventory.toml",
            in: Surroundings(home: "/home/operator", directory: "/home/operator") { _ in nil })
    }

    /// The name that the next run will have.
    var nextRun: RunID { RunID("run-\(runs.load(ordering: .acquiring) + 1)") }

    func run(
        onFailure: OnFailure = .rollback, interruption: Interruption = Interruption(), patience: Patience = .zero,
        leases: Leases? = nil, decisions: Decisions = Decisions(), outage: Bool = false,
        watching observer: @escaping @Sendable (Event) -> Void = { _ in }
    ) async throws -> Ending {
        let run = nextRun
        runs.add(1, ordering: .acquiringAndReleasing)
        let recorder = Recorder(run: run, journal: journal, observer: observer)
        let connections = connections()
        let engine = Engine(
            plan, connections: connections, recorder: recorder, onFailure: onFailure, interruption: interruption,
            patience: patience, leases: leases, decisions: decisions)
        let (result, failures) = try await engine.run(source: source, version: "0", outage: outage)
        await connections.closeAll()
        return Ending(result: result, failures: failures, events: try await journal.events(of: run))
    }

    /// Takes a run back as `harun rollback` does, by what the journal holds of it.
    func rollBack(
        _ run: RunID, to checkpoint: String? = nil, leases: Leases? = nil,
        interruption: Interruption = Interruption(), skipping skips: [RunState.Key: String] = [:],
        without absent: Set<NodeName> = [],
        watching observer: @escaping @Sendable (Event) -> Void = { _ in }
    ) async throws -> Ending {
        let before = try await journal.events(of: run)
        let recorder = Recorder(run: run, journal: journal, after: RunState(before), observer: observer)
        let connections = connections()
        let rollback = RollbackRun(
            plan, connections: connections, recorder: recorder, leases: leases, interruption: interruption,
            patience: .zero)
        let (result, failures) = try await rollback.run(to: checkpoint, skipping: skips, without: absent)
        await connections.closeAll()
        let events = try await journal.events(of: run)
        return Ending(result: result, failures: failures, events: Array(events.dropFirst(before.count)))
    }

    /// A recorder of a run that is no run of this scene's plan.
    func recorder(_ run: String) -> Recorder { Recorder(run: RunID(run), journal: journal) { _ in } }

    /// Goes on with a run from what the journal holds of it, as a process of its own would.
    func resume(
        _ run: RunID? = nil, onFailure: OnFailure = .rollback, interruption: Interruption = Interruption(),
        patience: Patience = .zero, decisions: Decisions = Decisions(), outage: Bool = false,
        without absent: Set<NodeName> = [],
        watching observer: @escaping @Sendable (Event) -> Void = { _ in }
    ) async throws -> Ending {
        let run = run ?? RunID("run-\(runs.load(ordering: .acquiring))")
        let before = RunState(try await journal.events(of: run))
        let recorder = Recorder(run: run, journal: journal, after: before, observer: observer)
        let connections = connections()
        let engine = Engine(
            absent.isEmpty ? plan : try plan.without(absent, after: before), connections: connections,
            recorder: recorder, onFailure: onFailure, interruption: interruption, patience: patience,
            decisions: decisions, without: absent)
        let (result, failures) = try await engine.resume(version: "0", outage: outage)
        await connections.closeAll()
        return Ending(result: result, failures: failures, events: try await journal.events(of: run))
    }

    /// New connections to all nodes, none of them open yet.
    func connections(pauses: [Duration] = []) -> Connections {
        Connections(endpoints, connector: fleet, pauses: pauses)
    }

    /// How many commands each node has got so far.
    func commandCounts() -> [Int] { plan.nodes.map { fleet.commands(on: $0).count } }

    /// What steps wrote down on a node, see ``TOML/step(_:on:rolling:class:probe:apply:undo:)``.
    func log(_ node: NodeName) -> [String] { fleet.lines(of: "log", on: node) }
}

/// Writes runbooks whose steps each make a file and note it in the node's log.
enum TOML {
    static func runbook(_ stages: (String, [String])...) -> String {
        "[runbook]\nname = \"test\"\n"
            + stages.map { "[[stage]]\nname = \"\($0.0)\"\n" + $0.1.joined() }.joined(separator: "\n")
    }

    /// A step that is true where the file of its name is there.
    static func step(
        _ id: String, on: String? = nil, rolling: Bool = false, class stepClass: String? = nil, probe: String? = nil,
        apply: String? = nil, undo: String? = nil, withUndo: Bool = true, isLong: Bool = false
    ) -> String {
        var text = "[[stage.step]]\nid = \"\(id)\"\naction = \"shell\"\n"
        if let on { text += "on = \(on)\n" }
        if rolling { text += "rolling = true\n" }
        text += "[stage.step.with]\n"
        text += "probe = '''\n\(probe ?? "[ -e \"$NODE_ROOT/\(id)\" ]")\n'''\n"
        text += "apply = '''\n\(apply ?? "echo \(id) >>\"$NODE_ROOT/log\"; : >\"$NODE_ROOT/\(id)\"")\n'''\n"
        if withUndo {
            text += "undo = '''\n\(undo ?? "echo undo-\(id) >>\"$NODE_ROOT/log\"; rm -f \"$NODE_ROOT/\(id)\"")\n'''\n"
        }
        if isLong { text += "long = true\ntimeout = \"10m\"\n" }
        if let stepClass { text += "class = \"\(stepClass)\"\n" }
        return text
    }
}

extension Scene {
    static func write(_ text: String, to path: String) throws {
        try Data(text.utf8).write(to: URL(fileURLWithPath: path))
    }
}
