import Execution
import Logging
import Transport

/// Makes lines of what is logged: time, level, node and words.
struct ConsoleLogHandler: LogHandler {
    /// A line longer than this is cut: what a pipe takes at once stays in one piece there.
    private static let longestLine = 4000

    var logLevel: Logger.Level
    var metadata: Logger.Metadata = [:]

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    /// Called on event loops: it waits for nothing, see ``LogLines``.
    ///
    /// Words of several lines stay below one another, each with the same beginning, and with a mark where one goes on:
    /// no server's words look like a line of harun's.
    func log(event: LogEvent) {
        let node = metadata[Logger.nodeKey].map { "\($0)" } ?? "-"
        let level = event.level.rawValue
        let head = Array("\(Recorder.timestamp()) \(level)\(level.count < 5 ? " " : "") \(node) ".utf8)
        var text: [UInt8] = []
        for line in event.message.description.utf8.split(separator: UInt8(ascii: "\n")) {
            text += text.isEmpty ? head : head + "| ".utf8
            text += HarmlessText.line(line.prefix(Self.longestLine))
            text += line.count > Self.longestLine ? Array("…\n".utf8) : [UInt8(ascii: "\n")]
        }
        LogLines.shared.add(text)
    }
}
