import ArgumentParser
import Foundation
import Journaling

/// Where harun keeps the journal and the locks: `$HARUN_STATE_DIR`, or `harun` in the XDG state folder.
enum StateFolder {
    /// The folder's absolute path; it may not exist yet.
    static var path: String {
        let environment = ProcessInfo.processInfo.environment
        if let path = environment["HARUN_STATE_DIR"], !path.isEmpty { return path }
        if let path = environment["XDG_STATE_HOME"], path.hasPrefix("/") { return path + "/harun" }
        return NSHomeDirectory() + "/.local/state/harun"
    }

    /// The journal, opened.
    ///
    /// - Throws: an exit with code 75 where it cannot be used: nothing is done to a node without it.
    static func openJournal() throws -> Journal {
        do throws(JournalError) {
            return try Journal(path: journal, log: ConsoleLog.logger)
        } catch {
            throw Console.failure("\(error)", .locked)
        }
    }

    /// The journal's path.
    static var journal: String { path + "/journal.sqlite" }
}
