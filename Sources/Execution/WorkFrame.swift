import Actions
import Journaling
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
    /// - Parameter timeout: the work's alone.
    func command(input: [UInt8] = [], timeout: Duration) -> Command {
        var text = """
            \(ScriptPrelude.text)
            \(work)
            printf '\\n@%s applied %s\\n' \(mark) "$rc"; [ "$rc" = 0 ] || exit "$rc"
            """
        if let probe {
            text += """

                printf '@%s begin 0\\n' \(mark); printf '@%s begin 0\\n' \(mark) >&2
                (
                \(probe.text)
                ) </dev/null
                printf '\\n@%s end %s\\n' \(mark) "$?"
                """
        }
        return Command(text, input: input, timeout: timeout + (probe?.timeout ?? .zero))
    }

    /// What the command's result says of the work and of the probe.
    func applied(_ result: CommandResult) -> Applied {
        let text = result.outputText
        let succeeded = text.contains("@\(mark) applied 0\n")
        let observation = probe.flatMap { BatchProbe([$0], mark: mark).observations(from: result).first }
        return Applied(
            outcome: succeeded && result.outcome == .exited(0) ? .exited(0) : result.outcome,
            observation: succeeded ? observation : nil, output: output(result),
            fate: fate("lost", text).map { .lost($0) } ?? fate("never", text).map { .never($0) },
            preImages: StepFolder.preImages(in: text))
    }

    private func fate(_ word: String, _ text: String) -> String? {
        let start = "@\(mark) \(word) "
        return text.split(separator: "\n").last { $0.hasPrefix(start) }.map { String($0.dropFirst(start.count)) }
    }

    /// What the work printed before the verification, standard error behind standard output.
    private func output(_ result: CommandResult) -> String {
        func head(_ text: String) -> String {
            text.split(separator: "@\(mark) ", maxSplits: 1, omittingEmptySubsequences: false).first.map(String.init)
                ?? ""
        }
        let hidden = ["secret ", "blob ", "fact \(RunState.preImage)"]
        let lines = (head(result.outputText) + "\n" + head(result.errorText)).split(whereSeparator: \.isNewline)
        return lines.filter { line in !hidden.contains { line.hasPrefix($0) } }.suffix(20).joined(separator: "\n")
    }
}
