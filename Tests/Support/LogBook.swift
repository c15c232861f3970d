package import Logging
import Synchronization
import Transport

/// Keeps what is logged, each as `LEVEL NODE WORDS`.
package final class LogBook: Sendable {
    private struct Page: LogHandler {
        let book: LogBook
        var logLevel: Logger.Level
        var metadata: Logger.Metadata = [:]

        subscript(metadataKey key: String) -> Logger.Metadata.Value? {
            get { metadata[key] }
            set { metadata[key] = newValue }
        }

        func log(event: LogEvent) {
            let node = metadata[Logger.nodeKey].map { "\($0)" } ?? "-"
            book.entries.withLock { $0.append("\(event.level) \(node) \(event.message)") }
        }
    }

    private let entries = Mutex<[String]>([])

    package init() {}

    /// Everything so far.
    package var lines: [String] { entries.withLock { $0 } }

    /// Writes into this book, from a level on.
    package func logger(_ level: Logger.Level = .trace) -> Logger {
        Logger(label: "test") { _ in Page(book: self, logLevel: level) }
    }

    /// The first of these words that no line has behind the lines of those before it; nil where all come in this order.
    package func firstMissing(_ words: [String]) -> String? {
        var rest = lines[...]
        for word in words {
            guard let index = rest.firstIndex(where: { $0.contains(word) }) else { return word }
            rest = rest[(index + 1)...]
        }
        return nil
    }
}
