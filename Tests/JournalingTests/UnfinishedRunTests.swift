import Journaling
import Testing
import Transport

@Suite("Which run of an inventory has no proved end")
struct UnfinishedRunTests {
    private let scratch = Scratch()
    private let inventory = "/a/inventory.toml"

    /// The run that has no proved end after these events of one run.
    private func unfinished(after events: [Event]) async throws -> RunID? {
        let journal = try Journal(path: scratch.path)
        try await journal.append([Samples.start(inventory: inventory)] + events)
        return try await journal.unfinished(inventory)
    }

    /// What a process writes that goes on with a run and cannot begin: its node is away, or somebody's lease is there.
    private static func idle(_ result: RunResult) -> [Event] {
        [
            Samples.event(.resume), Samples.event(result == .refused ? .refused : .failed, nil, "n1"),
            Samples.end(result),
        ]
    }

    @Test(
        "an intent without an end is not forgotten by a process that could not begin",
        arguments: [RunResult.failed, .refused])
    func intent(result: RunResult) async throws {
        let events = [Samples.event(.intent, "a", "n1")] + Self.idle(result) + Self.idle(result)
        #expect(try await unfinished(after: events) == Samples.run)
    }

    @Test("neither is an unproved end, nor an undo without one", arguments: [EventKind.unknown, .undo])
    func unproved(kind: EventKind) async throws {
        let events = [Samples.event(.intent, "a", "n1"), Samples.event(kind, "a", "n1")] + Self.idle(.failed)
        #expect(try await unfinished(after: events) == Samples.run)
    }

    @Test("neither is what was done and is not true any more, while nobody decided about it")
    func drift() async throws {
        let events = [
            Samples.event(.intent, "a", "n1"), Samples.event(.applied, "a", "n1"), Samples.event(.resume),
            Samples.event(.drift, "a", "n1"), Samples.event(.unknown, "a", "n1"), Samples.end(.unknown),
        ]
        #expect(try await unfinished(after: events + Self.idle(.failed)) == Samples.run)
    }

    @Test("neither is a rollback that was cut off")
    func rollback() async throws {
        let events = [
            Samples.event(.intent, "a", "n1"), Samples.event(.failed, "a", "n1"), Samples.event(.rollback),
        ]
        #expect(try await unfinished(after: events + Self.idle(.failed)) == Samples.run)
    }

    @Test("a run that failed and was taken back has its end, and so has one that stands as it failed")
    func ended() async throws {
        let failed = [Samples.event(.intent, "a", "n1"), Samples.event(.failed, "a", "n1")]
        let back = [
            Samples.event(.rollback), Samples.event(.undo, "a", "n1"), Samples.event(.undone, "a", "n1"),
            Samples.end(.rolledBack),
        ]
        #expect(try await unfinished(after: failed + back) == nil)
        let journal = try Journal(path: scratch.path)
        let later = RunID("20261123-190215-bbbb")
        try await journal.append([Samples.start(run: later, inventory: inventory)])
        try await journal.append(
            [Samples.event(.intent, "a", "n1", run: later), Samples.event(.failed, "a", "n1", run: later)])
        try await journal.append([Samples.end(.failed, run: later)])
        #expect(try await journal.unfinished(inventory) == nil)
    }

    @Test("the newest run is the one that was begun last, whatever the clock said")
    func clock() async throws {
        let journal = try Journal(path: scratch.path)
        var early = try Samples.start(run: RunID("20311123-190214-aaaa"), inventory: inventory)
        early.time = "2031-11-23T19:02:14.123Z"
        try await journal.append([early, Samples.end(.done, run: early.run)])
        try await journal.append([Samples.start(inventory: inventory)])
        #expect(try await journal.runs().map(\.id) == [Samples.run, early.run])
        #expect(try await journal.unfinished(inventory) == Samples.run)
        #expect(try await journal.runs(of: "/b/inventory.toml") == [])
    }
}
