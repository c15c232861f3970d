import Foundation
import GRDB
import Transport

extension JournalError {
    /// Puts into words for people what SQLite or the system said, without any statement.
    init(path: String, cause: any Error) {
        let folder = (path as NSString).deletingLastPathComponent
        let aside =
            "mv \(folder.shellQuoted) \((folder + ".damaged").shellQuoted) and run again: every step is probed anew, "
            + "and what is true on the nodes is not done twice"
        switch cause {
        case JournalFlaw.newer:
            self.init(
                path: path, reason: "a newer harun has written it",
                next: "use that harun, or another journal: HARUN_STATE_DIR=FOLDER harun …")
        case JournalFlaw.damaged(let finding):
            self.init(path: path, reason: "it is damaged (\(finding))", next: aside)
        case is DecodingError:
            self.init(path: path, reason: "an event in it cannot be read: \(cause)", next: aside)
        case let error as DatabaseError:
            let words = error.message ?? "SQLite error \(error.resultCode.rawValue)"
            switch error.resultCode {
            case .SQLITE_CORRUPT, .SQLITE_NOTADB:
                self.init(path: path, reason: "it is damaged (\(words))", next: aside)
            case .SQLITE_FULL, .SQLITE_IOERR:
                self.init(
                    path: path, reason: words, next: "df -h \(folder.shellQuoted); free some space, then harun resume")
            case .SQLITE_BUSY, .SQLITE_LOCKED:
                self.init(
                    path: path, reason: "another process holds it: \(words)",
                    next: "fuser -v \(path.shellQuoted); wait for that process, then harun resume")
            default:
                self.init(path: path, reason: words, next: "ls -la \(folder.shellQuoted)")
            }
        case let error as CocoaError where error.underlying is POSIXError:
            self.init(
                path: path, reason: (error.underlying as? POSIXError)?.localizedDescription ?? "\(error)",
                next: "ls -la \(folder.shellQuoted)")
        default:
            self.init(path: path, reason: cause.localizedDescription, next: "ls -la \(folder.shellQuoted)")
        }
    }
}
