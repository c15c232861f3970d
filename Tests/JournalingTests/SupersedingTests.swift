import Foundation
import Journaling
import Planning
import Testing
import Transport

@Suite("What closes an open run, by both runs' events")
struct SupersedingTests {
    /// A run of `one/a` on n1 at 192.0.2.1, unless something else is said.
    private func run(
        _ events: [Event], result: RunResult? = nil, name: String = "test", file: String = "/r/test/runbook.toml",
        text: String = "old", address: String = "192.0.2.1", action: String = "shell"
    ) throws -> RunStanding {
        var json = String(decoding: try JSONEncoder().encode(try Samples.plan()), as: UTF8.self)
        for (old, new) in [("192.0.2.1", address), ("\"shell\"", "\"\(action)\"")] {
            json = json.replacing(old, with: new)
        }
        return RunStanding(
            record: RunRecord(
                id: Samples.run, started: "", inventory: "/a/inventory.toml", runbook: name, result: result),
            state: RunState(events), plan: try JSONDecoder().decode(PlanSummary.self, from: Data(json.utf8)),
            source: PlanSource(inventory: "/a/inventory.toml", inventoryText: "", runbook: file, runbookText: text))
    }

    private static let begun = [Samples.event(.intent, "b", "n1"), Samples.event(.applied, "b", "n1")]
    private static let looked = [Samples.event(.unchanged, "a", "n1")]

    @Test("one that was stopped between two steps is closed by the same work that has begun, whatever became of that")
    func stopped() throws {
        let old = try run(Self.begun, result: .interrupted)
        #expect(try run(Self.begun, text: "new").supersedes(old))
        #expect(try run(Self.begun, file: "/elsewhere/runbook.toml").supersedes(old), "the same text elsewhere")
        #expect(try run([Samples.event(.intent, "a", "n1"), Samples.event(.failed, "a", "n1")]).supersedes(old))
    }

    @Test("nothing is closed by one that was refused, reached no node, or only looked")
    func idle() throws {
        let old = try run(Self.begun, result: .interrupted)
        for events in [
            [], [Samples.event(.refused, "a", "n1"), Samples.end(.refused)],
            [Samples.event(.failed, nil, "n1"), Samples.end(.failed)], Self.looked,
        ] {
            #expect(try !run(events, text: "new").supersedes(old))
        }
    }

    @Test("nothing is closed by another runbook, also of the same name, or on another machine of the same name")
    func others() throws {
        let old = try run(Self.begun, result: .interrupted)
        #expect(try !run(Self.begun, name: "other", text: "new").supersedes(old))
        #expect(try !run(Self.begun, file: "/elsewhere/runbook.toml", text: "new").supersedes(old))
        #expect(try !run(Self.begun, address: "192.0.2.7").supersedes(old))
    }

    @Test(
        "what has no proved end is closed by a look at that step alone",
        arguments: [EventKind.intent, .unknown, .drift])
    func looked(kind: EventKind) throws {
        let old = try run([Samples.event(.intent, "a", "n1"), Samples.event(kind, "a", "n1")])
        #expect(old.isUnfinished)
        let blind = try run(Self.begun, text: "new")
        #expect(!blind.supersedes(old))
        #expect(blind.unlooked(of: old).map(\.step.description) == ["one/a"])
        #expect(try run(Self.begun + Self.looked, text: "new").supersedes(old))
        #expect(try !run(Self.begun + Self.looked, text: "new", action: "host.reboot").supersedes(old), "another kind")
        #expect(try !run(Self.begun + [Samples.event(.unknown, "a", "n1")], text: "new").supersedes(old))
        #expect(try !run(Self.begun + [Samples.event(.unchanged, "a", "n2")], text: "new").supersedes(old))
    }

    @Test("a rollback that was cut off, and a long command that may still run, are closed by nobody")
    func pending() throws {
        let back = try run(Self.begun + [Samples.event(.rollback)])
        #expect(try !run(Self.begun + Self.looked, text: "new").supersedes(back))
        var intent = Samples.event(.intent, "a", "n1")
        intent.facts = ["unit": "harun-x.service"]
        let long = try run([intent])
        #expect(try !run(Self.begun + Self.looked, text: "new").supersedes(long))
    }

    @Test("what was taken back on purpose is not gone on with, but for the rest of that rollback")
    func takenBack() throws {
        var asked = Samples.event(.rollback)
        asked.asked = true
        let undone = [asked, Samples.event(.undo, "b", "n1"), Samples.event(.undone, "b", "n1")]
        #expect(try run(Self.begun + undone).isResumable)
        #expect(try !run(Self.begun + undone + [Samples.end(.rolledBack)], result: .rolledBack).isResumable)
        let failed = [
            asked, Samples.event(.undo, "b", "n1"), Samples.event(.undoFailed, "b", "n1"), Samples.end(.failed),
        ]
        #expect(try !run(Self.begun + failed, result: .failed).isResumable)
        let byItself = [Samples.event(.rollback), Samples.event(.undo, "b", "n1"), Samples.event(.undone, "b", "n1")]
        #expect(try run(Self.begun + byItself + [Samples.end(.rolledBack)], result: .rolledBack).isResumable)
    }
}
