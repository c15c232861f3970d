import Journaling
import Steps
import Transport

/// A step's work and its probe as one command, and their output taken apart again.
struct WorkFrame: Sendable {
    private let work: String
    private let probe: Script?
    private let mark: String

    /// - Parameters:
    ///   - work: shell source that leaves its exit status in `$rc`.
    ///   - probe: what proves the work, nil where nobody asks.
    ///   - mark: random characters, new for each command.
    init(_ work: String, probe: Script?, mark: String) {
        self.work = work
        self.probe = probe
        self.mark = mark
    }

    /// The command; the probe is not asked where the work failed.
    ///
    /// - Parameter timeout: the work's alone; the connection waits a little longer than the node.
    func command(input: [UInt8] = [], timeout: Duration) -> Command {
        var text = """
            \(ScriptPrelude.text)
            \(TimeLimit.functions)
            \(work)
            printf '\\n@%s applied %s\\n' \(mark) "$rc"; [ "$rc" = 0 ] || exit "$rc"
            """
        if let probe {
            text += "\n" + BatchProbe([probe], mark: mark).text
        }
        return Command(text, input: input, timeout: timeout + (probe?.timeout ?? .zero) + TimeLimit.slack)
    }

    /// What the command's result says of the work and of the probe.
    func applied(_ result: CommandResult) -> Applied {
        var succeeded = false
        var isWork = true
        var hasEnded = false
        var printed: [ArraySlice<UInt8>] = []
        var fate: Applied.Fate?
        var preImages: [String: String] = [:]
        for line in FramedOutput(result.stdout, mark: mark) {
            switch line {
            case .text(let bytes):
                if StepFolder.take(bytes, into: &preImages) { continue }
                if isWork { printed.append(bytes) }
            case .frame(let words):
                isWork = false
                if words.hasPrefix("applied ") { (hasEnded, succeeded) = (true, words == "applied 0") }
                if words.hasPrefix("lost ") { fate = .lost(String(words.dropFirst(5))) }
                if words.hasPrefix("late "), !hasEnded { fate = .late(String(words.dropFirst(5))) }
                if words.hasPrefix("never ") { fate = .never(String(words.dropFirst(6))) }
            }
        }
        for line in FramedOutput(result.stderr, mark: mark) {
            guard case .text(let bytes) = line else { break }
            printed.append(bytes)
        }
        let observation = probe.flatMap { BatchProbe([$0], mark: mark).observations(from: result).first }
        return Applied(
            outcome: succeeded && result.outcome == .exited(0) ? .exited(0) : result.outcome,
            observation: succeeded ? observation : nil, output: Self.text(printed), fate: fate, hasEnded: hasEnded,
            preImages: preImages)
    }

    /// The last lines that the work printed, but for those that are not for people.
    private static func text(_ printed: [ArraySlice<UInt8>]) -> String {
        if printed.isEmpty { return "" }
        let text = String(decoding: Array(printed.joined(separator: [UInt8(ascii: "\n")])), as: UTF8.self)
        let lines = text.split(whereSeparator: \.isNewline)
        return lines.filter { line in !["secret ", "blob "].contains { line.hasPrefix($0) } }.suffix(20)
            .joined(separator: "\n")
    }
}
