import Actions
import Transport

/// Several probes of one node as a single script, and its output taken apart again.
///
/// A converged stage costs one round trip a node this way, however many steps it has.
struct BatchProbe {
    private let scripts: [Script]
    private let folders: [String]
    /// Distinguishes the frame's own lines from whatever a probe prints.
    private let mark: String

    /// - Parameters:
    ///   - folders: what `$HARUN_STATE` is for each of them; none where no probe asks for it.
    ///   - mark: random characters, new for each batch.
    init(_ scripts: [Script], folders: [String] = [], mark: String) {
        self.scripts = scripts
        self.folders = folders
        self.mark = mark
    }

    /// Each probe in a subshell of its own, framed on both streams.
    var command: Command {
        var text = ScriptPrelude.text + "\n"
        for (index, script) in scripts.enumerated() {
            text += """
                printf '@%s begin %s\\n' \(mark) \(index); printf '@%s begin %s\\n' \(mark) \(index) >&2
                (
                \(folders.indices.contains(index) ? "HARUN_STATE=\(folders[index].shellQuoted); export HARUN_STATE" : "")
                \(script.text)
                ) </dev/null
                printf '\\n@%s end %s\\n' \(mark) "$?"

                """
        }
        let timeout = scripts.map(\.timeout).reduce(Duration.zero, +)
        return Command(text, timeout: max(timeout, .seconds(60)))
    }

    /// The observations in the order of the scripts; those whose end is missing have no code.
    func observations(from result: CommandResult) -> [Observation] {
        var observations = scripts.map { _ in Observation(code: nil) }
        var current: Int?
        for line in result.outputText.split(separator: "\n", omittingEmptySubsequences: true) {
            if let frame = frame(line) {
                switch frame {
                case .begin(let index): current = observations.indices.contains(index) ? index : nil
                case .end(let code):
                    if let current { observations[current].code = code }
                    current = nil
                }
            } else if let current {
                observations[current].take(line)
            }
        }
        current = nil
        for line in result.errorText.split(separator: "\n") {
            if case .begin(let index)? = frame(line) {
                current = observations.indices.contains(index) ? index : nil
            } else if let current {
                observations[current].errors += (observations[current].errors.isEmpty ? "" : "\n") + line
            }
        }
        return observations
    }

    private enum Frame { case begin(Int), end(UInt8) }

    private func frame(_ line: Substring) -> Frame? {
        guard line.hasPrefix("@\(mark) ") else { return nil }
        let words = line.split(separator: " ")
        guard words.count == 3 else { return nil }
        switch words[1] {
        case "begin": return Int(words[2]).map { .begin($0) }
        case "end": return UInt8(words[2]).map { .end($0) }
        default: return nil
        }
    }
}
