import Foundation
import Journaling
import Planning
import Transport

/// A folder of its own for each test, removed with it.
final class Scratch: Sendable {
    let folder = NSTemporaryDirectory() + "harun-journal-" + UUID().uuidString
    var path: String { folder + "/state/runs.sqlite" }

    deinit { try? FileManager.default.removeItem(atPath: folder) }

    static func permissions(_ path: String) throws -> Int? {
        try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
    }
}

/// Events to write and to fold.
enum Samples {
    static let run = RunID("20261123-190214-k3f9")

    static func plan() throws -> PlanSummary {
        let json = """
            {"runbook":"test","subject":"lab","fingerprint":"00ff","nodes":[{"name":"n1","address":"192.0.2.1",
            "links":["192.0.2.1"]}],"stages":[{"name":"one","summary":"first","steps":[{"id":"one/a","action":"shell",
            "summary":"do it","class":"converge","undo":{"exact":{}},"nodes":["n1"]}]}]}
            """
        return try JSONDecoder().decode(PlanSummary.self, from: Data(json.utf8))
    }

    static func event(
        _ kind: EventKind, _ step: String? = nil, _ node: NodeName? = nil, run: RunID = run
    ) -> Event {
        var event = Event(kind, run: run, time: "2026-11-23T19:02:14.123Z")
        event.step = step.map { StepID(stage: "one", step: $0) }
        event.node = node
        return event
    }

    static func start(run: RunID = run, inventory: String = "/etc/harun/inventory.toml") throws -> Event {
        var event = event(.start, run: run)
        event.plan = try plan()
        event.inventory = inventory
        event.version = "0.1.0"
        return event
    }

    static func end(_ result: RunResult, run: RunID = run) -> Event {
        var event = event(.end, run: run)
        event.result = result
        event.outageSeconds = 3.25
        return event
    }

    /// A whole run in which one step is done and another one fails and is taken back.
    static func story() throws -> [Event] {
        var stage = event(.stage)
        stage.stage = "one"
        return [
            try start(), stage, event(.unchanged, "a", "n1"), event(.intent, "a", "n2"), event(.applied, "a", "n2"),
            event(.intent, "b", "n1"), event(.intent, "b", "n2"), event(.applied, "b", "n1"),
            event(.failed, "b", "n2"), event(.undo, "b", "n2"), event(.undoFailed, "b", "n2"), event(.undo, "b", "n1"),
            event(.undone, "b", "n1"), event(.kept, "a", "n2"), end(.failed),
        ]
    }
}

extension Journal {
    /// The newest run of an inventory, where that has no proved end.
    func unfinished(_ inventory: String) throws -> RunID? {
        guard let newest = try runs(of: inventory, limit: 1).first else { return nil }
        return try standing(of: newest).isUnfinished ? newest.id : nil
    }
}
