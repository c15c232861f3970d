import ArgumentParser
import Foundation
import Journaling
import Transport

/// What a command about runs was told: a run by its name, or an inventory by any path of its file.
enum RunSubject {
    case run(RunRecord)
    /// What the journal knows it by.
    case inventory(String)

    /// The inventory that it is about.
    var inventory: String {
        switch self {
        case .run(let record): record.inventory
        case .inventory(let key): key
        }
    }

    /// - Throws: an exit with code 64 where the word is neither.
    init(_ word: String, in journal: Journal) async throws {
        let records = try await journal.runs(limit: .max)
        let key = LoadedInventory.key(of: word)
        if let record = records.first(where: { $0.id.text == word }) {
            self = .run(record)
        } else if FileManager.default.fileExists(atPath: key) || records.contains(where: { $0.inventory == key }) {
            self = .inventory(key)
        } else {
            throw Console.failure(
                "there is no run \(word), and no inventory of that name", next: "harun runs", .usage)
        }
    }
}
