import Steps
import Transport

/// Several probes of one node as a single script, and its output taken apart again.
///
/// A converged run costs one round trip a node this way, however many steps it has, and one process where several of them
/// ask the same: see ``ProbeQuestion``.
struct BatchProbe {
    private let scripts: [Script]
    /// What the scripts ask before, each once; numbered behind them in the frame.
    private let questions: [ProbeQuestion]
    private let folders: [String]
    /// Distinguishes the frame's own lines from whatever a probe prints.
    private let mark: String

    /// - Parameters:
    ///   - folders: what `$HARUN_STATE` is for each of them; none where no probe asks for it.
    ///   - mark: random characters, new for each batch.
    init(_ scripts: [Script], folders: [String] = [], mark: String) {
        self.scripts = scripts
        var asked: Set<ProbeQuestion> = []
        questions = scripts.flatMap(\.questions).filter { asked.insert($0).inserted }
        self.folders = folders
        self.mark = mark
    }

    /// The whole command.
    var command: Command {
        let most = scripts.map(\.timeout).reduce(Duration.zero, +)
        return Command(
            "\(ScriptPrelude.text)\n\(TimeLimit.functions)\n\(text)",
            timeout: max(most, .seconds(60)) + TimeLimit.slack, purpose: .probes(scripts.count))
    }

    /// Each probe in a subshell of its own, framed on both streams; none may take longer than the longest is allowed.
    ///
    /// One watcher serves them all. Needs the words of ``ScriptPrelude`` and of ``TimeLimit``.
    var text: String {
        var text = "h_watch \(TimeLimit.seconds(scripts.map(\.timeout).max() ?? .seconds(60)))\n"
        var asked: Set<ProbeQuestion> = []
        for (index, script) in scripts.enumerated() {
            for question in script.questions where asked.insert(question).inserted { text += framed(question) }
            text += """
                \(begin(index))
                (
                HARUN_WORK=$self.$$; export HARUN_WORK
                \(folders.indices.contains(index) ? "HARUN_STATE=\(folders[index].shellQuoted); export HARUN_STATE" : "")
                \(script.own)
                ) </dev/null
                rc=$?
                [ -z "$late" ] || h_again \(mark)
                printf '\\n@%s end %s\\n' \(mark) "$rc"

                """
        }
        return text + "h_unwatch\n"
    }

    /// A question, framed as a probe is, right before the first probe that asks it.
    private func framed(_ question: ProbeQuestion) -> String {
        """
        \(begin(scripts.count + (questions.firstIndex(of: question) ?? 0)))
        HARUN_WORK=$self.$$; export HARUN_WORK
        {
        \(question.text)
        } </dev/null
        unset HARUN_WORK
        [ -z "$late" ] || h_again \(mark)
        printf '\\n@%s end 0\\n' \(mark)

        """
    }

    private func begin(_ index: Int) -> String {
        "printf '@%s begin %s\\n' \(mark) \(index); printf '\\n@%s begin %s\\n' \(mark) \(index) >&2"
    }

    /// The observations in the order of the scripts, each with the answers to what it asked before; those whose end, or whose
    /// question's, is missing have no code.
    func observations(from result: CommandResult) -> [Observation] {
        let parts = parts(of: result)
        let answers = Dictionary(zip(questions, parts.dropFirst(scripts.count))) { first, _ in first }
        return zip(scripts, parts).map { script, own in
            var observation = own
            for answer in script.questions.compactMap({ answers[$0] }) {
                if answer.code != 0 { return answer }
                observation.facts.merge(answer.facts) { own, _ in own }
                observation.secrets.merge(answer.secrets) { own, _ in own }
                observation.errors = [answer.errors, observation.errors].filter { !$0.isEmpty }.joined(separator: "\n")
            }
            return observation
        }
    }

    /// What each script and each question printed, in the order of their numbers.
    private func parts(of result: CommandResult) -> [Observation] {
        var observations = (0..<scripts.count + questions.count).map { _ in Observation(code: nil) }
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
