import Foundation
import GRDB
import Planning

/// An event as it is stored: its text, and what the table of runs must know of it.
struct JournalRow: Sendable {
    /// What the journal holds.
    let json: String
    private let event: Event

    init(_ event: Event) throws {
        self.event = event
        json = String(decoding: try JSONEncoder().encode(event), as: UTF8.self)
    }

    /// Writes the row, and the run's own where it begins or ends.
    func insert(into database: Database) throws {
        if event.event == .start {
            try database.execute(
                sql: "INSERT INTO run (id, started, inventory, runbook) VALUES (?, ?, ?, ?)",
                arguments: [event.run.text, event.time, event.inventory ?? "", event.plan?.runbook ?? ""])
        }
        try database.cachedStatement(sql: "INSERT INTO event (run, json) VALUES (?, ?)")
            .execute(arguments: [event.run.text, json])
        if event.event == .resume || event.event == .rollback {
            try database.execute(sql: "UPDATE run SET result = NULL WHERE id = ?", arguments: [event.run.text])
        }
        if let result = event.result {
            try database.execute(
                sql: "UPDATE run SET result = ? WHERE id = ?", arguments: [result.rawValue, event.run.text])
        }
    }
}
