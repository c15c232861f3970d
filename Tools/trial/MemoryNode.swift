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
        var out: [UInt8] = []
        var code = 0
        var rest = Array(command.script.utf8)[...]
        while let end = rest.firstIndex(of: UInt8(ascii: "\n")) ?? (rest.isEmpty ? nil : rest.endIndex) {
            let line = rest[rest.startIndex..<end]
            rest = rest[end...].dropFirst()
            switch line.first {
            case UInt8(ascii: "(") where line.starts(with: Self.probe):
                let step = Self.number(in: line.dropFirst(Self.probe.count))
                code = done.withLock { $0.contains(step) } ? 0 : 10
            case UInt8(ascii: "a") where line.starts(with: Self.apply):
                done.withLock { _ = $0.insert(Self.number(in: line.dropFirst(Self.apply.count))) }
            case UInt8(ascii: "p") where line.starts(with: Self.frame): Self.answer(line, code, &out)
            default: break
            }
        }
        return CommandResult(outcome: .exited(0), stdout: out)
    }

    func upload(_ bytes: [UInt8], to path: String, mode: UInt16) async throws(TransportError) {}

    func upload(
        file: String, to path: String, mode: UInt16, owner: String?,
        onProgress: (@Sendable (TransferProgress) -> Void)?
    ) async throws(TransportError) -> TransferredFile { TransferredFile(bytes: 0, sha256: nil) }

    func download(
        _ path: String, to file: String, onProgress: (@Sendable (TransferProgress) -> Void)?
    ) async throws(TransportError) -> TransferredFile { TransferredFile(bytes: 0, sha256: nil) }

    func close() async {}

    private static let probe = Array("( probe-".utf8)
    private static let apply = Array("apply-".utf8)
    private static let frame = Array("printf '".utf8)

    private static func number(in digits: ArraySlice<UInt8>) -> Int {
        digits.prefix { $0 >= UInt8(ascii: "0") && $0 <= UInt8(ascii: "9") }
            .reduce(0) { $0 * 10 + Int($1 - UInt8(ascii: "0")) }
    }

    /// What a frame's `printf` prints: `printf '@%s begin %s\n' MARK INDEX` and its like.
    private static func answer(_ line: ArraySlice<UInt8>, _ code: Int, _ out: inout [UInt8]) {
        let words = line.split(separator: UInt8(ascii: " "), maxSplits: 6)
        guard words.count > 4 else { return }
        let isNumbered = words[3].first == UInt8(ascii: "%")
        let mark = words[4].prefix { $0 != UInt8(ascii: ";") }
        out += (words[1].dropFirst().first == UInt8(ascii: "@") ? "@" : "\n@").utf8
        out += mark
        switch words[2].first {
        case UInt8(ascii: "b"):
            out += " begin ".utf8
            out += String(isNumbered ? number(in: words[5]) : 0).utf8
        case UInt8(ascii: "a"): out += " applied 0".utf8
        default: out += " end \(code)".utf8
        }
        out.append(UInt8(ascii: "\n"))
    }
}
