import Synchronization
import Transport

/// A node that exists in memory alone and answers at once, for measurements of the engine itself.
///
/// It knows the frames that the engine puts around scripts, and of shell no more than the two words of the
/// benchmark's runbook: `probe-N` asks whether step N is done, `apply-N` does it.
final class MemoryNode: NodeConnection {
    let node: NodeName
    var isOpen: Bool { true }
    private let fleet: MemoryFleet
    private let done = Mutex<Set<Int>>([])

    init(_ node: NodeName, of fleet: MemoryFleet) {
        self.node = node
        self.fleet = fleet
    }

    func run(
        _ command: Command, onOutput: (@Sendable (OutputChunk) -> Void)?
    ) async throws(TransportError) -> CommandResult {
        fleet.commands.add(1, ordering: .relaxed)
        var out = ""
        var code = 0
        for line in command.script.utf8.split(separator: UInt8(ascii: "\n")) {
            if let step = Self.number(in: line, after: "( probe-") {
                code = done.withLock { $0.contains(step) } ? 0 : 10
            } else if let step = Self.number(in: line, after: "apply-") {
                done.withLock { _ = $0.insert(step) }
            } else if line.starts(with: "printf ".utf8) || line.starts(with: "rc=$?; printf ".utf8) {
                out += Self.frame(line, code)
            }
        }
        return CommandResult(outcome: .exited(0), stdout: Array(out.utf8))
    }

    func upload(_ bytes: [UInt8], to path: String, mode: UInt16) async throws(TransportError) {}

    func upload(
        file: String, to path: String, mode: UInt16, owner: String?,
        onProgress: (@Sendable (TransferProgress) -> Void)?
    ) async throws(TransportError) {}

    func download(
        _ path: String, to file: String, onProgress: (@Sendable (TransferProgress) -> Void)?
    ) async throws(TransportError) {}

    func close() async {}

    private static func number(in line: Substring.UTF8View, after word: String) -> Int? {
        guard line.starts(with: word.utf8) else { return nil }
        return Int(String(decoding: line.dropFirst(word.utf8.count), as: UTF8.self))
    }

    /// What a frame's `printf` prints: `printf '@%s begin %s\n' MARK INDEX` and its like.
    private static func frame(_ line: Substring.UTF8View, _ code: Int) -> String {
        let words = line.split(separator: UInt8(ascii: " ")).map { String(decoding: $0, as: UTF8.self) }
        guard let start = words.firstIndex(of: "printf"), words.count > start + 5 else { return "" }
        let mark = words[start + 4].prefix { $0 != ";" }
        let index = words[start + 3] == "%s\\n'" ? words[start + 5].prefix { $0 != ";" } : "0"
        switch words[start + 2] {
        case "begin": return "@\(mark) begin \(index)\n"
        case "applied": return "\n@\(mark) applied 0\n"
        case "end": return (code == 0 ? "" : "note its probe says no\n") + "\n@\(mark) end \(code)\n"
        default: return ""
        }
    }
}
