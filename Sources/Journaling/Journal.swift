import Foundation
import GRDB
import Planning

/// The append-only record of every run, in SQLite: what was intended is on disk before a node hears of it.
///
/// Place in the flow: Inventory + Runbooks → Planning → Execution → **Journaling** → Reporting.
///
/// WAL with `synchronous=FULL`: a commit has reached the disk when it returns. Events that arrive while
/// a commit is under way share the next one, so that many nodes do not wait for one fsync each.
package actor Journal {
    private let path: String
    private let database: DatabaseQueue
    private let encoder = JSONEncoder()
    private var waiting: [([Event], CheckedContinuation<Role, Never>)] = []
    private var isWriting = false
    /// How often the disk was asked to keep something since the journal was opened.
    package private(set) var commits = 0

    /// What somebody who waited for a commit is told.
    private enum Role {
        case committed
        case failed(JournalError)
        /// This caller commits its own events and those of all who wait.
        case lead
    }

    /// Opens the journal and makes it where there is none, with permissions 0600.
    package init(path: String) throws(JournalError) {
        self.path = path
        do {
            let folder = (path as NSString).deletingLastPathComponent
            try FileManager.default.createDirectory(
                atPath: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
            if !FileManager.default.fileExists(atPath: path) {
                guard
                    FileManager.default.createFile(atPath: path, contents: nil, attributes: [.posixPermissions: 0o600])
                else { throw CocoaError(.fileWriteUnknown) }
            }
            var configuration = Configuration()
            configuration.busyMode = .timeout(5)
            configuration.prepareDatabase { database in
                try database.execute(sql: "PRAGMA journal_mode = WAL")
                try database.execute(sql: "PRAGMA synchronous = FULL")
            }
            database = try DatabaseQueue(path: path, configuration: configuration)
            try Self.migrator.migrate(database)
        } catch {
            throw JournalError(path: path, reason: Self.words(for: error))
        }
    }

    /// Named steps of the schema; one that was released is never edited.
    private static var migrator: DatabaseMigrator {
        var migrator = DatabaseMigrator()
        migrator.registerMigration("1-runs-and-events") { database in
            try database.execute(
                sql: """
                    CREATE TABLE run (
                        id TEXT PRIMARY KEY, started TEXT NOT NULL, inventory TEXT NOT NULL, runbook TEXT NOT NULL,
                        result TEXT);
                    CREATE TABLE event (
                        sequence INTEGER PRIMARY KEY AUTOINCREMENT,
                        run TEXT NOT NULL REFERENCES run(id), json TEXT NOT NULL);
                    CREATE INDEX event_by_run ON event(run, sequence);
                    """)
        }
        return migrator
    }

    /// Writes events and returns when they are on disk, all of them or none.
    package func append(_ events: [Event]) async throws(JournalError) {
        let role: Role
        if isWriting {
            role = await withCheckedContinuation { waiting.append((events, $0)) }
        } else {
            isWriting = true
            role = .lead
        }
        switch role {
        case .committed: return
        case .failed(let error): throw error
        case .lead: try await lead(events)
        }
    }

    /// Commits the caller's event with all that wait, then hands the lead to whoever came meanwhile.
    private func lead(_ events: [Event]) async throws(JournalError) {
        let followers = waiting
        waiting = []
        let failure = await commit(events + followers.flatMap(\.0))
        for follower in followers { follower.1.resume(returning: failure.map { .failed($0) } ?? .committed) }
        if waiting.isEmpty {
            isWriting = false
        } else {
            let next = waiting.removeFirst()
            next.1.resume(returning: .lead)
        }
        if let failure { throw failure }
    }

    private func commit(_ events: [Event]) async -> JournalError? {
        commits += 1
        do {
            let rows = try events.map { ($0, String(decoding: try encoder.encode($0), as: UTF8.self)) }
            try await write { database in
                for (event, json) in rows {
                    if event.event == .start {
                        try database.execute(
                            sql: "INSERT INTO run (id, started, inventory, runbook) VALUES (?, ?, ?, ?)",
                            arguments: [
                                event.run.text, event.time, event.inventory ?? "", event.plan?.runbook ?? "",
                            ])
                    }
                    try database.execute(
                        sql: "INSERT INTO event (run, json) VALUES (?, ?)", arguments: [event.run.text, json])
                    if event.event == .resume || event.event == .rollback {
                        try database.execute(
                            sql: "UPDATE run SET result = NULL WHERE id = ?", arguments: [event.run.text])
                    }
                    if let result = event.result {
                        try database.execute(
                            sql: "UPDATE run SET result = ? WHERE id = ?",
                            arguments: [result.rawValue, event.run.text])
                    }
                }
            }
            return nil
        } catch {
            return JournalError(path: path, reason: Self.words(for: error))
        }
    }

    /// Writes in one transaction, also for a caller who was cancelled: others wait for the same commit, and
    /// what was done on a node must not go unwritten.
    private func write(_ body: @escaping @Sendable (Database) throws -> Void) async throws {
        try await withCheckedThrowingContinuation { continuation in
            database.asyncWrite(body) { continuation.resume(with: $1) }
        }
    }

    /// Every event of a run, in order.
    package func events(of run: RunID) throws(JournalError) -> [Event] {
        try read { database in
            let rows = try String.fetchAll(
                database, sql: "SELECT json FROM event WHERE run = ? ORDER BY sequence", arguments: [run.text])
            return try rows.map { try JSONDecoder().decode(Event.self, from: Data($0.utf8)) }
        }
    }

    /// The runs, newest first.
    package func runs(limit: Int = 50) throws(JournalError) -> [RunRecord] {
        try read { database in
            try Row.fetchAll(
                database, sql: "SELECT * FROM run ORDER BY started DESC, id DESC LIMIT ?", arguments: [limit]
            ).map { row in
                RunRecord(
                    id: RunID(row["id"]), started: row["started"], inventory: row["inventory"], runbook: row["runbook"],
                    result: (row["result"] as String?).flatMap(RunResult.init))
            }
        }
    }

    /// The newest run of an inventory that never wrote its end.
    package func unfinishedRun(inventory: String) throws(JournalError) -> RunRecord? {
        try runs(limit: 1000).first { $0.inventory == inventory }.flatMap { $0.result == nil ? $0 : nil }
    }

    /// What went wrong in words for people: SQLite's own without the statement, or the system's.
    private static func words(for error: any Error) -> String {
        if let error = error as? DatabaseError { return error.message ?? "SQLite error \(error.resultCode.rawValue)" }
        if let error = error as? CocoaError, let cause = error.underlying as? POSIXError {
            return cause.localizedDescription
        }
        return error is DecodingError ? "an event in it cannot be read: \(error)" : error.localizedDescription
    }

    private func read<T: Sendable>(_ body: @Sendable (Database) throws -> T) throws(JournalError) -> T {
        do {
            return try database.read(body)
        } catch {
            throw JournalError(path: path, reason: Self.words(for: error))
        }
    }
}
