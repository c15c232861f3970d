import Synchronization
import Transport

/// Picks out of a command's output, as it comes, the lines that may be shown while it runs.
///
/// What a script reports to harun (``ScriptPrelude``: `fact`, `blob`, `secret`, `note`) and what frames it (`@…`) is not for people,
/// and a secret for nobody. A piece of output begins and ends anywhere, so only whole lines are looked at, and none of the
/// characters that move a terminal's cursor is passed on.
final class ProgressLines: Sendable {
    private struct Line {
        var bytes: [UInt8] = []
        var isTooLong = false
    }

    /// Longer lines are data, and are not shown.
    private static let longest = 400
    private static let reports = ["@", "fact ", "blob ", "secret ", "note "]
    private let lines = Mutex<[OutputChunk.Stream: Line]>([:])

    /// Takes a piece of output.
    ///
    /// - Returns: the last line for people that ends in it; nil without one.
    func last(in chunk: OutputChunk) -> String? {
        lines.withLock { lines in
            var line = lines[chunk.stream, default: Line()]
            var last: String?
            for byte in chunk.bytes {
                switch byte {
                case UInt8(ascii: "\n"), UInt8(ascii: "\r"):
                    if let text = Self.text(line) { last = text }
                    line = Line()
                case UInt8(ascii: "\t"): line.bytes.append(UInt8(ascii: " "))
                case 0..<0x20, 0x7F: break
                default:
                    if line.bytes.count < Self.longest { line.bytes.append(byte) } else { line.isTooLong = true }
                }
            }
            lines[chunk.stream] = line
            return last
        }
    }

    private static func text(_ line: Line) -> String? {
        guard !line.isTooLong else { return nil }
        let text = String(decoding: line.bytes, as: UTF8.self)
        return text.allSatisfy(\.isWhitespace) || reports.contains(where: text.hasPrefix) ? nil : text
    }
}
