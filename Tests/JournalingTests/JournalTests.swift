import Foundation
import Journaling
import Planning
import Synchronization
import Testing
import Transport

@Suite("The journal")
struct JournalTests {
    @Test("the journal and its folder are nobody else's business")
    func permissions() async throws {
        let scratch = Scratch()
        let journal = try Journal(path: scratch.path)
        try await journal.append([Samples.start()])
        let folder = scratch.folder + "/state"
        #expect(try Scratch.permissions(folder) == 0o700)
        let files = try FileManager.default.contentsOfDirectory(atPath: folder)
        #expect(files.contains("runs.sqlite-wal"))
        for file in files { #expect(try Scratch.permissions(folder + "/" + file) == 0o600, "\(file)") }
    }

    @Test("an event comes back as it was written, every field of it")
    func roundTrip() async throws {
        let scratch = Scratch()
        let journal = try Journal(path: scratch.path)
        var event = Samples.event(.applied, "a", "n1")
        event.message = "two\nlines and 'quotes' \u{1F9EA}"
        event.script = "echo \"$x\"\n"
        event.outcome = "exit code 0"
        event.output = "\u{0}\t\u{1B}[1m"
        event.facts = ["wwid": "0x6001405", "": "empty key"]
        event.seconds = 0.1
        var end = Samples.end(.rolledBack)
        (end.changed, end.unchanged, end.skipped, end.failed, end.seconds) = (1, 2, 0, 3, 12.5)
        let written = try [Samples.start(), event, end]
        try await journal.append(written)
        #expect(try await journal.events(of: Samples.run) == written)
        #expect(try await Journal(path: scratch.path).events(of: Samples.run) == written)
    }

    @Test("events of tasks that write at once are all there, in each task's order, in fewer commits than events")
    func concurrency() async throws {
        let scratch = Scratch()
        let journal = try Journal(path: scratch.path)
        try await journal.append([Samples.start()])
        try await withThrowingTaskGroup { group in
            for task in 0..<200 {
                group.addTask {
                    let node = NodeName("n\(task)")
                    try await journal.append([Samples.event(.intent, "a", node)])
                    try await journal.append([Samples.event(.applied, "a", node), Samples.event(.undo, "a", node)])
                }
            }
            try await group.waitForAll()
        }
        let events = try await journal.events(of: Samples.run)
        #expect(events.count == 601)
        for task in 0..<200 {
            let kinds = events.filter { $0.node == NodeName("n\(task)") }.map(\.event)
            #expect(kinds == [.intent, .applied, .undo])
        }
        let commits = await journal.commits
        #expect(commits < 401, "\(commits) commits for 401 requests")
    }

    @Test("a cancelled writer's events are written, and so are those of whoever shares its commit")
    func cancellation() async throws {
        let scratch = Scratch()
        let journal = try Journal(path: scratch.path)
        try await journal.append([Samples.start()])
        let writers = (0..<50).map { number in
            Task { try await journal.append([Samples.event(.intent, "a", NodeName("n\(number)"))]) }
        }
        for writer in writers where Bool.random() { writer.cancel() }
        for writer in writers { try await writer.value }
        #expect(try await journal.events(of: Samples.run).count == 51)
    }

    @Test("all events of one request are written, or none")
    func atomic() async throws {
        let scratch = Scratch()
        let journal = try Journal(path: scratch.path)
        try await journal.append([Samples.start()])
        // The second run is never started, so its event has no run to belong to.
        let stray = Samples.event(.intent, "a", "n1", run: RunID("nowhere"))
        await #expect(throws: JournalError.self) {
            try await journal.append([Samples.event(.intent, "a", "n1"), stray])
        }
        #expect(try await journal.events(of: Samples.run).count == 1)
        try await journal.append([Samples.event(.intent, "a", "n1")])
        #expect(try await journal.events(of: Samples.run).count == 2)
    }

    @Test("whoever watches sees each request before it is written and after it is on disk")
    func watcher() async throws {
        let scratch = Scratch()
        let seen = Mutex<[String]>([])
        let path = scratch.path
        let journal = try Journal(path: path) { moment, events in
            seen.withLock { $0.append("\(moment) \(events.count)") }
        }
        try await journal.append([Samples.start()])
        await #expect(throws: JournalError.self) { try await journal.append([Samples.start(), Samples.start()]) }
        #expect(seen.withLock { $0 } == ["before 1", "after 1", "before 2"])
    }

    @Test("runs are listed newest first, with how they ended")
    func runs() async throws {
        let scratch = Scratch()
        let journal = try Journal(path: scratch.path)
        let first = RunID("20261123-190214-aaaa")
        let second = RunID("20261123-190214-bbbb")
        try await journal.append([Samples.start(run: first), Samples.end(.done, run: first)])
        try await journal.append([Samples.start(run: second)])
        #expect(try await journal.runs().map(\.id) == [second, first])
        #expect(try await journal.runs().map(\.result) == [nil, .done])
        #expect(try await journal.runs(limit: 1).map(\.id) == [second])
        #expect(try await journal.runs().first?.runbook == "test")
    }

    @Test("a run that never wrote its end is unfinished until a later run of the same inventory ends")
    func unfinished() async throws {
        let scratch = Scratch()
        let journal = try Journal(path: scratch.path)
        let mine = "/a/inventory.toml"
        #expect(try await journal.unfinished(mine) == nil)
        let killed = RunID("20261123-190214-aaaa")
        try await journal.append([Samples.start(run: killed, inventory: mine)])
        #expect(try await journal.unfinished(mine) == killed)
        #expect(try await journal.unfinished("/b/inventory.toml") == nil)
        let later = RunID("20261123-190215-bbbb")
        try await journal.append([Samples.start(run: later, inventory: mine), Samples.end(.done, run: later)])
        #expect(try await journal.unfinished(mine) == nil)
    }

    @Test("a place where no journal can be is an error that says so")
    func unusable() throws {
        let scratch = Scratch()
        try FileManager.default.createDirectory(atPath: scratch.folder, withIntermediateDirectories: true)
        try Data("no folder".utf8).write(to: URL(fileURLWithPath: scratch.folder + "/state"))
        let error = #expect(throws: JournalError.self) { try Journal(path: scratch.path) }
        let text = try #require(error?.description)
        #expect(text.hasPrefix("the journal \(scratch.path) cannot be used: "))
        #expect(text.hasSuffix("; nothing more was done to any node"))
        #expect(!text.contains("Error Domain"), "words for people: \(text)")
        #expect(!text.contains("Optional("))
    }
}
