import Foundation
import GRDB
import Journaling
import Planning
import Testing
import Transport

@Suite("A damaged journal")
struct DamageTests {
    /// A journal with this many events, closed, so that all of it is in its one file.
    private func journal(events: Int, at path: String) async throws {
        do {
            let journal = try Journal(path: path)
            try await journal.append([Samples.start()])
            for number in 0..<events { try await journal.append([Samples.event(.intent, "a", NodeName("n\(number)"))]) }
        }
        try await closed(path)
    }

    /// Waits until whoever closed the journal has brought all of it into its one file.
    private func closed(_ path: String) async throws {
        let deadline = ContinuousClock.now + .seconds(60)
        while FileManager.default.fileExists(atPath: path + "-wal"), ContinuousClock.now < deadline {
            await Task.yield()
        }
        try #require(!FileManager.default.fileExists(atPath: path + "-wal"))
    }

    private func bytes(_ path: String) throws -> [UInt8] { [UInt8](try Data(contentsOf: URL(fileURLWithPath: path))) }

    private func write(_ bytes: some Sequence<UInt8>, _ path: String) throws {
        try Data(bytes).write(to: URL(fileURLWithPath: path))
    }

    @Test("a file that is no journal is an error that says so")
    func noDatabase() throws {
        let scratch = Scratch()
        try FileManager.default.createDirectory(atPath: scratch.folder + "/state", withIntermediateDirectories: true)
        try write(repeatElement(0x41, count: 8192), scratch.path)
        let error = #expect(throws: JournalError.self) { try Journal(path: scratch.path) }
        #expect(error?.reason == "it is damaged (file is not a database)")
        #expect(
            error?.next.hasPrefix("mv \(scratch.folder)/state \(scratch.folder)/state.damaged and run again") == true)
    }

    @Test("a damaged page is found when the journal is opened, wherever it lies", arguments: 1..<6)
    func damagedPage(page: Int) async throws {
        let scratch = Scratch()
        try await journal(events: 200, at: scratch.path)
        var content = try bytes(scratch.path)
        try #require(content.count > 8 * 4096)
        // A table's page: its first byte says what kind it is, and the cells' places follow.
        content.replaceSubrange(page * 4096..<page * 4096 + 64, with: repeatElement(0xEE, count: 64))
        try write(content, scratch.path)
        let error = #expect(throws: JournalError.self) { try Journal(path: scratch.path) }
        #expect(error?.reason.hasPrefix("it is damaged (") == true, "\(error?.reason ?? "")")
    }

    @Test("a file that lost its end is found when the journal is opened")
    func truncated() async throws {
        let scratch = Scratch()
        try await journal(events: 200, at: scratch.path)
        try write(try bytes(scratch.path).dropLast(3 * 4096), scratch.path)
        let error = #expect(throws: JournalError.self) { try Journal(path: scratch.path) }
        #expect(error?.reason.hasPrefix("it is damaged (") == true, "\(error?.reason ?? "")")
    }

    @Test("a journal of a newer harun is left alone")
    func newer() async throws {
        let scratch = Scratch()
        try await journal(events: 1, at: scratch.path)
        try await DatabaseQueue(path: scratch.path).write { database in
            try database.execute(sql: "INSERT INTO grdb_migrations VALUES ('9-what-nobody-knows-yet')")
        }
        try await closed(scratch.path)
        let before = try bytes(scratch.path)
        let error = #expect(throws: JournalError.self) { try Journal(path: scratch.path) }
        #expect(error?.reason == "a newer harun has written it")
        #expect(try bytes(scratch.path) == before)
    }

    @Test("a write that was torn anywhere leaves the events before it, and the journal goes on")
    func tornWrite() async throws {
        let scratch = Scratch()
        let open = try Journal(path: scratch.path)
        try await open.append([Samples.start()])
        for number in 0..<12 { try await open.append([Samples.event(.intent, "a", NodeName("n\(number)"))]) }
        // What a power cut would leave: the files as they lie on the disk, with the end of the last one missing.
        let database = try bytes(scratch.path)
        let log = try bytes(scratch.path + "-wal")
        var last = 0
        for length in stride(from: 0, through: log.count, by: 1021) {
            let copy = Scratch()
            try FileManager.default.createDirectory(atPath: copy.folder + "/state", withIntermediateDirectories: true)
            try write(database, copy.path)
            try write(log.prefix(length), copy.path + "-wal")
            let journal = try Journal(path: copy.path)
            let events = try await journal.events(of: Samples.run)
            #expect(events.count >= last, "with \(length) bytes of the log")
            #expect(events.dropFirst().compactMap(\.node) == (0..<max(0, events.count - 1)).map { NodeName("n\($0)") })
            last = events.count
            guard last > 0 else { continue }
            try await journal.append([Samples.event(.applied, "a", "n0")])
            #expect(try await Journal(path: copy.path).events(of: Samples.run).count == last + 1)
        }
        #expect(last >= 12)
    }
}
