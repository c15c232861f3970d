import Foundation
import GRDB
package import Logging
import Planning
import Transport

/// The append-only record of every run, in SQLite: what was intended is on disk before a node hears of it.
///
/// Place in the flow: Inventory + Runbooks → Planning → Execution → **Journaling** → Reporting.
///
/// WAL with `synchronous=FULL`: a commit has reached the disk when it returns. Events that arrive while
/// a commit is under way share the next one, so that many nodes do not wait for one fsync each.
package actor Journal {
    /// A point on an event's way to the disk, for whoever watches.
    package enum Moment: Sendable {
        /// Nothing of it is written yet.
        case before
        /// It is on disk; whoever asked for it has not heard of that yet.
        case after
    }

    /// Sees every request to write, on both sides of it.
    package typealias Watcher = @Sendable (Moment, [Event]) -> Void

    private let path: String
    private let database: DatabaseQueue
    private let watcher: Watcher
    private let log: Logger
    private var waiting: [([JournalRow], CheckedContinuation<Role, Never>)] = []
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
    ///
    /// - Parameters:
    ///   - watcher: called on the way of each request to the disk; the crash tests end the process there.
    ///   - log: is told what each commit took.
    package init(
        path: String, log: Logger = .off, watcher: @escaping Watcher = { _, _ in }
    ) throws(JournalError) {
        self.log = log
        self.path = path
        self.watcher = watcher
        do {
            database = try JournalFile.open(path)
        } catch {
            throw JournalError(path: path, cause: error)
        }
    }

    /// Named steps of the schema; one that was released is never edited.
    static var migrator: DatabaseMigrator {
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
    ///
    /// They become text on the caller's own thread, so that thousands of nodes do not queue for that.
    @concurrent
    package nonisolated func append(_ events: [Event]) async throws(JournalError) {
        watcher(.before, events)
        let rows: [JournalRow]
        do {
            rows = try events.map(JournalRow.init)
        } catch {
            throw JournalError(path: path, cause: error)
        }
        try await append(rows)
        watcher(.after, events)
    }

    private func append(_ rows: [JournalRow]) async throws(JournalError) {
        let role: Role
        if isWriting {
            role = await withCheckedContinuation { waiting.append((rows, $0)) }
        } else {
            isWriting = true
            role = .lead
        }
        switch role {
        case .committed: return
        case .failed(let error): throw error
        case .lead: try await lead(rows)
        }
    }

    /// Commits the caller's rows with all that wait, then hands the lead to whoever came meanwhile.
    private func lead(_ rows: [JournalRow]) async throws(JournalError) {
        let followers = waiting
        waiting = []
        let failure = await commit(rows + followers.flatMap(\.0))
        for follower in followers { follower.1.resume(returning: failure.map { .failed($0) } ?? .committed) }
        if waiting.isEmpty {
            isWriting = false
        } else {
            let next = waiting.removeFirst()
            next.1.resume(returning: .lead)
        }
        if let failure { throw failure }
    }

    private func commit(_ rows: [JournalRow]) async -> JournalError? {
        commits += 1
        let began = ContinuousClock.now
        defer {
            log.trace(
                """
                journal: \(rows.count) events, \(rows.reduce(0) { $0 + $1.json.utf8.count }) bytes, \
                \((ContinuousClock.now - began).brief)
                """)
        }
        do {
            try await write { database in
                for row in rows { try row.insert(into: database) }
            }
            return nil
        } catch {
            return JournalError(path: path, cause: error)
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

    /// The runs, newest first: the one that was begun last, whatever the operator's clock said then.
    ///
    /// - Parameter inventory: only the runs of this one; nil for all.
    package func runs(of inventory: String? = nil, limit: Int = 50) throws(JournalError) -> [RunRecord] {
        try read { database in
            try Row.fetchAll(
                database, sql: "SELECT * FROM run WHERE ?1 IS NULL OR inventory = ?1 ORDER BY rowid DESC LIMIT ?2",
                arguments: [inventory, limit]
            ).map { row in
                RunRecord(
                    id: RunID(row["id"]), started: row["started"], inventory: row["inventory"], runbook: row["runbook"],
                    result: (row["result"] as String?).flatMap(RunResult.init))
            }
        }
    }

    /// The runs of an inventory, newest first, that went on without some node at any time.
    package func runsLeavingOut(inventory: String) throws(JournalError) -> [RunID] {
        try read { database in
            try String.fetchAll(
                database,
                sql: "SELECT id FROM run WHERE inventory = ? AND \(Self.leavesOut) ORDER BY rowid DESC",
                arguments: [inventory]
            ).map { RunID($0) }
        }
    }

    /// Whether a run went on without some node at any time; cheaper than its events.
    package func leavesOut(_ run: RunID) throws(JournalError) -> Bool {
        try read { database in
            try Bool.fetchOne(
                database, sql: "SELECT EXISTS (SELECT 1 FROM run WHERE id = ? AND \(Self.leavesOut))",
                arguments: [run.text]) ?? false
        }
    }

    private static let leavesOut = """
        EXISTS (SELECT 1 FROM event WHERE event.run = run.id AND instr(json, '"absent"') > 0
            AND json_extract(json, '$.event') = 'absent')
        """

    /// Where a run stands, by all its events.
    package func standing(of run: RunRecord) throws(JournalError) -> RunStanding {
        let events = try events(of: run.id)
        let start = events.first { $0.event == .start }
        return RunStanding(record: run, state: RunState(events), plan: start?.plan, source: start?.source)
    }

    /// The stage that a run reached last; nil where it reached none.
    package func lastStage(of run: RunID) throws(JournalError) -> String? {
        try read { database in
            let json = try String.fetchOne(
                database,
                sql: """
                    SELECT json FROM event WHERE run = ? AND json_extract(json, '$.event') IN ('stage', 'checkpoint')
                    ORDER BY sequence DESC LIMIT 1
                    """, arguments: [run.text])
            return try json.map { try JSONDecoder().decode(Event.self, from: Data($0.utf8)) }?.stage
        }
    }

    private func read<T: Sendable>(_ body: @Sendable (Database) throws -> T) throws(JournalError) -> T {
        do {
            return try database.read(body)
        } catch {
            throw JournalError(path: path, cause: error)
        }
    }
}
