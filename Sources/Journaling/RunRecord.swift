/// A run as the list of runs shows it.
package struct RunRecord: Sendable, Hashable, Codable {
    package var id: RunID
    /// ISO 8601 in UTC.
    package var started: String
    /// What the inventory is known by: the absolute path of its file, without any link in it.
    package var inventory: String
    package var runbook: String
    /// Nil for a run that never wrote its end: it was killed, or goes on right now.
    package var result: RunResult?

    package init(id: RunID, started: String, inventory: String, runbook: String, result: RunResult?) {
        self.id = id
        self.started = started
        self.inventory = inventory
        self.runbook = runbook
        self.result = result
    }
}
