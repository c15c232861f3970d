import Foundation
import Logging
import Synchronization
import Transport

/// The log of this process: nothing, or lines on standard error.
enum ConsoleLog {
    private static let current = Mutex(Logger.off)

    /// What everything below the commands is handed.
    static var logger: Logger { current.withLock { $0 } }

    /// How long the end of harun waits for a terminal that takes no lines.
    private static let patience = 2.0

    private static let finishesAtExit: Void = { _ = atexit { LogLines.shared.finish(within: patience) } }()

    /// Logs from this level on.
    static func begin(_ level: Logger.Level) {
        _ = finishesAtExit
        current.withLock { $0 = Logger(label: "harun") { _ in ConsoleLogHandler(logLevel: level) } }
    }
}
