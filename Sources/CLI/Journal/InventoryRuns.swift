import Journaling

/// The runs of one inventory, newest first, each read only when it is needed.
actor InventoryRuns {
    let inventory: String
    private let journal: Journal
    private let records: [RunRecord]
    private var known: [RunID: RunStanding] = [:]

    /// - Parameter inventory: what the journal knows it by.
    init(_ inventory: String, _ journal: Journal) async throws(JournalError) {
        self.inventory = inventory
        self.journal = journal
        records = try await journal.runs(of: inventory, limit: .max)
    }

    /// Runs without a proved end that no later run closed, newest first.
    func unfinished() async throws(JournalError) -> [RunStanding] {
        try await select(\.isUnfinished)
    }

    /// Runs that can be gone on with, newest first, those alone that left something behind where there are any.
    ///
    /// Another process may be at work on the newest of them: only whoever holds the inventory's lock knows.
    func resumable() async throws(JournalError) -> [RunStanding] {
        let runs = try await select(\.isResumable)
        let pressing = runs.filter(\.isPressing)
        return pressing.isEmpty ? runs : pressing
    }

    /// Runs that can be taken back: the newest that left anything, and older ones that have no proved end.
    func revocable() async throws(JournalError) -> [RunStanding] {
        let unfinished = try await unfinished().filter { $0.hasWorkToTakeBack || $0.state.rollback != nil }
        for record in records {
            let run = try await standing(of: record)
            guard run.hasWorkToTakeBack else { continue }
            return [run] + unfinished.filter { $0.record.id != run.record.id }
        }
        return unfinished
    }

    /// Earlier runs without a proved end that this one closes, see ``RunStanding/supersedes(_:)``.
    func closed(by run: RunStanding) async throws(JournalError) -> [RunStanding] {
        var found: [RunStanding] = []
        for record in records.drop(while: { $0.id != run.record.id }).dropFirst()
        where record.result != .done && record.result != .superseded && record.runbook == run.record.runbook {
            let earlier = try await standing(of: record)
            if earlier.isUnfinished, run.supersedes(earlier) { found.append(earlier) }
        }
        return found
    }

    /// A run, with everything that was journaled of it.
    func standing(of run: RunRecord) async throws(JournalError) -> RunStanding {
        if let standing = known[run.id] { return standing }
        let standing = try await journal.standing(of: run)
        known[run.id] = standing
        return standing
    }

    /// What is known of a run by now, where it was read before the inventory's lock was taken.
    func current(_ run: RunRecord) -> RunRecord { records.first { $0.id == run.id } ?? run }

    /// The runs that began behind this one, newest first.
    func later(than run: RunID) -> ArraySlice<RunRecord> { records.prefix { $0.id != run } }

    /// The run that did the same work later and closed this one; nil where none did.
    func successor(of run: RunStanding) async throws(JournalError) -> RunStanding? {
        for record in later(than: run.record.id) where record.runbook == run.record.runbook {
            let later = try await standing(of: record)
            if later.supersedes(run) { return later }
        }
        return nil
    }

    /// Looks at every run that began behind this one and has no end.
    ///
    /// - Throws: an exit with code 4 where one of them is in the way.
    func refuseHazards(behind run: RunStanding) async throws {
        for record in later(than: run.record.id) where record.result != .done && record.result != .superseded {
            let later = try await standing(of: record)
            if later.isUnfinished { try RunHazard(old: later, new: run).refuse() }
        }
    }

    private func select(_ isWanted: (RunStanding) -> Bool) async throws(JournalError) -> [RunStanding] {
        var found: [RunStanding] = []
        for record in records where record.result != .done && record.result != .superseded {
            let run = try await standing(of: record)
            if isWanted(run), try await successor(of: run) == nil { found.append(run) }
        }
        return found
    }
}
