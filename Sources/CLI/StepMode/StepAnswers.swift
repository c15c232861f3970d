import Actions
import ArgumentParser
import Execution
import Foundation
import Planning
import Steps
import Synchronization

/// Step mode without a terminal: the answers come from a file, one `STAGE/STEP ANSWER` a line.
///
/// The first line that fits a step answers it; `*` stands for any characters. A step without an answer stops
/// the run, since nobody thought of it. `repeat` is what a terminal would be asked for: do it once more although
/// it was begun before and must not run twice. It names one step, so that nobody says it of one by accident.
final class StepAnswers: StepGate {
    private enum Word: String, CaseIterable, Sendable {
        case run, skip, `continue`, stop, `repeat`
    }

    private let answers: [(pattern: String, word: Word)]
    private let file: String
    private let goesOn = Mutex(false)

    /// Reads the file.
    ///
    /// - Throws: an exit with code 65 that names every line that is wrong.
    init(file: String, plan: Plan) throws {
        guard let text = try? String(contentsOfFile: file, encoding: .utf8) else {
            throw Console.failure("\(file) cannot be read as UTF-8 text", .badInput)
        }
        let steps = plan.stages.flatMap(\.steps).map(\.id.description)
        var answers: [(String, Word)] = []
        var errors: [String] = []
        for (index, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
            let words = line.prefix { $0 != "#" }.split(whereSeparator: \.isWhitespace).map(String.init)
            if words.isEmpty { continue }
            let place = "\(file):\(index + 1):1: error:"
            guard words.count == 2, let word = Word(rawValue: words[1]) else {
                let known = Word.allCases.map(\.rawValue).joined(separator: ", ")
                errors.append("\(place) a line is STAGE/STEP and one of \(known)")
                continue
            }
            if !steps.contains(where: { $0.fits(words[0]) }) {
                errors.append("\(place) no step of this plan is called `\(words[0])`")
            }
            if word == .repeat, words[0].contains("*") {
                errors.append("\(place) `repeat` is said of one step by its whole name")
            }
            answers.append((words[0], word))
        }
        if !errors.isEmpty {
            for error in errors { Console.err(error) }
            throw ExitCode.badInput
        }
        self.answers = answers
        self.file = file
    }

    /// Whether a step that must not run twice is done again although nobody can prove that it was not done.
    func repeats(_ step: StepID) -> Bool {
        answers.first { step.description.fits($0.pattern) }?.word == .repeat
    }

    func answer(_ question: StepQuestion) async -> StepAnswer {
        if goesOn.withLock({ $0 }) { return .run }
        let step = question.step.id.description
        guard let word = answers.first(where: { step.fits($0.pattern) })?.word else {
            Console.err("note:  \(file) has no answer for \(step) (\(question.step.action.summary)); stopping here")
            return .stop
        }
        switch word {
        case .run, .repeat: return .run
        case .skip: return .skip
        case .stop: return .stop
        case .continue:
            goesOn.withLock { $0 = true }
            return .run
        }
    }
}

extension String {
    /// Whether the text is what a pattern stands for, in which `*` is any characters.
    fileprivate func fits(_ pattern: String) -> Bool {
        let parts = pattern.split(separator: "*", omittingEmptySubsequences: false).map(String.init)
        guard let first = parts.first, let last = parts.last, parts.count > 1 else { return self == pattern }
        guard hasPrefix(first), hasSuffix(last), count >= first.count + last.count else { return false }
        var rest = dropFirst(first.count).dropLast(last.count)
        for part in parts.dropFirst().dropLast() where !part.isEmpty {
            guard let range = rest.firstRange(of: part) else { return false }
            rest = rest[range.upperBound...]
        }
        return true
    }
}
