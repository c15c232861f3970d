import ArgumentParser
import Foundation
import Journaling
import Transport

/// Which run is meant where none was named: one of the inventory that was named, or the one that somebody chose.
///
/// Nothing is ever sought among all inventories and begun without a question.
struct RunChoice {
    let journal: Journal
    /// The command's name, for the lines to type.
    let verb: String
    /// What it does with a run, as in `no run of it … `.
    let purpose: String
    /// The runs of an inventory that may be meant, the likeliest first.
    let candidates: @Sendable (InventoryRuns) async throws -> [RunStanding]

    /// What a command is about: the inventory or run that was named, or else the run that somebody chooses among all.
    ///
    /// - Throws: an exit with code 64 where the name is neither, where there is no run, or nobody to ask.
    func subject(_ word: String?) async throws -> RunSubject {
        if let word { return try await RunSubject(word, in: journal) }
        return .run(try await fromAll())
    }

    /// The run that is meant by an inventory, whose lock the caller holds.
    ///
    /// - Throws: an exit with code 64 where there is none, or several and nobody to ask.
    func run(of inventory: String) async throws -> RunRecord {
        let found = try await candidates(try await InventoryRuns(inventory, journal)).map(\.record)
        guard let first = found.first else {
            throw Console.failure(
                "no run of \(inventory) \(purpose)", next: "harun runs \(inventory.shellQuoted)", .usage)
        }
        if found.count > 1 { return try ask(found, "several runs of \(inventory) may be meant", []) }
        Console.err("note:  \(Self.words(first))")
        return first
    }

    /// The run that somebody chooses among those of all inventories.
    ///
    /// - Throws: an exit with code 64 where there is none, or nobody to ask.
    private func fromAll() async throws -> RunRecord {
        var found: [RunRecord] = []
        var busy: [String] = []
        var seen: Set<String> = []
        for record in try await journal.runs(limit: .max) where seen.insert(record.inventory).inserted {
            if let holder = InventoryLock.holder(of: record.inventory) {
                busy.append("\(record.inventory) is left out, a run goes on there: \(holder)")
            } else {
                found += try await candidates(try await InventoryRuns(record.inventory, journal)).map(\.record)
            }
        }
        if found.isEmpty {
            for line in busy { Console.err("note:  \(line)") }
            throw Console.failure("there is no run that \(purpose)", next: "harun runs", .usage)
        }
        return try ask(found, "neither an inventory nor a run was named", busy)
    }

    private func ask(_ found: [RunRecord], _ why: String, _ notes: [String]) throws -> RunRecord {
        for note in notes { Console.err("note:  \(note)") }
        guard Console.canAsk else {
            let lines = found.map { "harun \(verb) \($0.id)    (\(Self.words($0)))" }
            throw Console.failure(
                "\(why), and there is no terminal to ask on; nothing was done",
                next: "one of:\n       " + lines.joined(separator: "\n       "), .usage)
        }
        Console.err("\(why):")
        for record in found { Console.err("  \(Self.words(record))") }
        let typed = (Console.answer(to: "Which run? Type its name: ") ?? "").trimmingCharacters(in: .whitespaces)
        guard let record = found.first(where: { $0.id.text == typed }) else {
            throw Console.failure("nothing was done", next: "harun \(verb) RUN", .refused)
        }
        return record
    }

    private static func words(_ run: RunRecord) -> String {
        "run \(run.id): \(run.runbook) on \(run.inventory), \(run.result?.rawValue ?? "no end")"
    }
}
