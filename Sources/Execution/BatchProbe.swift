import Actions
import Transport

/// Several probes of one node as a single script, and its output taken apart again.
///
/// A converged stage costs one round trip a node this way, however many steps it has.
struct BatchProbe {
    private let scripts: [Script]
    private let folders: [String]
    /// Shell source that all of them share, such as answers that are asked for once.
    private let preface: String
    /// Distinguishes the frame's own lines from whatever a probe prints.
    private let mark: String

    /// - Parameters:
    ///   - folders: what `$HARUN_STATE` is for each of them; none where no probe asks for it.
    ///   - preface: shell source before all of them.
    ///   - mark: random characters, new for each batch.
    init(_ scripts: [Script], folders: [String] = [], preface: String = "", mark: String) {
        self.scripts = scripts
        self.preface = preface
        self.folders = folders
        self.mark = mark
    }

    /// The whole command.
    var command: Command {
        let most = scripts.map(\.timeout).reduce(Duration.zero, +)
        return Command(
            "\(ScriptPrelude.text)\n\(TimeLimit.functions)\n\(text)", timeout: max(most, .seconds(60)) + TimeLimit.slack
        )
    }

    /// Each probe in a subshell of its own, framed on both streams; none may take longer than the longest is allowed.
    ///
    /// One watcher serves them all. Needs the words of ``ScriptPrelude`` and of ``TimeLimit``.
    var text: String {
        var text = "h_watch \(TimeLimit.seconds(scripts.map(\.timeout).max() ?? .seconds(60)))\n"
        if !preface.isEmpty { text += preface + "\n" }
        for (index, script) in scripts.enumerated() {
            text += """
                printf '@%s begin %s\\n' \(mark) \(index); printf '\\n@%s begin %s\\n' \(mark) \(index) >&2
                (
                HARUN_WORK=$self.$$; export HARUN_WORK
                \(folders.indices.contains(index) ? "HARUN_STATE=\(folders[index].shellQuoted); export HARUN_STATE" : "")
                \(script.text)
                ) </dev/null
                rc=$?
                [ -z "$late" ] || h_again \(mark)
                printf '\\n@%s end %s\\n' \(mark) "$rc"

                """
        }
        return text + "h_unwatch\n"
    }

    /// The observations in the order of the scripts; those whose end is missing have no code.
    func observations(from result: CommandResult) -> [Observation] {
        var observations = scripts.map { _ in Observation(code: nil) }
        var current: Int?
        var limits: [Int: String] = [:]
        for line in FramedOutput(result.stdout, mark: mark) {
            switch line {
            case .frame(let words):
                if let index = number(words, after: "begin ", in: observations.indices) {
                    current = index
                } else if words.hasPrefix("late "), let current {
                    limits[current] = String(words.dropFirst(5))
                } else {
                    if let current {
                        observations[current].code = number(words, after: "end ", in: 0..<256).map(UInt8.init)
                    }
                    current = nil
                }
            case .text(let bytes):
                if let current { observations[current].take(String(decoding: bytes, as: UTF8.self)) }
            }
        }
        current = nil
        for line in FramedOutput(result.stderr, mark: mark) {
            switch line {
            case .frame(let words): current = number(words, after: "begin ", in: observations.indices)
            case .text(let bytes):
                guard let current else { continue }
                let separator = observations[current].errors.isEmpty ? "" : "\n"
                observations[current].errors += separator + String(decoding: bytes, as: UTF8.self)
            }
        }
        for (index, limit) in limits {
            // Whatever a half of it said is no answer.
            observations[index] = Observation(
                code: TimeLimit.code, errors: "it was ended after \(limit) s, the longest that a probe may take here")
        }
        return observations
    }

    /// The number behind a frame's word, where it is one of these.
    private func number(_ words: String, after word: String, in range: Range<Int>) -> Int? {
        guard words.hasPrefix(word), let number = Int(words.dropFirst(word.count)) else { return nil }
        return range.contains(number) ? number : nil
    }
}
