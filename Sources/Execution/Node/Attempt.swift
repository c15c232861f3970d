import Journaling
import Planning
import Steps
import Transport

/// What came of a step's work on one node, before anything is made of it.
enum Attempt: Sendable {
    /// The script ended well; the node's own probe right behind it, where it was heard.
    case done(observation: Observation?, output: String, preImages: [String: String])
    /// The script is proved to have failed, or never to have begun.
    case failed(StepFailure)
    /// Nobody knows how far the script came: the node must be looked at.
    case lost(why: String, output: String)
    /// The same, and the node does not answer: what was begun there may still run.
    case away(StepFailure)
}

extension Attempt {
    /// Whether the script is proved to have ended well.
    var isDone: Bool { if case .done = self { true } else { false } }

    /// The last lines that the script printed.
    var output: String? {
        switch self {
        case .done(_, let output, _), .lost(_, let output): output
        case .failed(let failure), .away(let failure): failure.output
        }
    }

    /// The hashes of what the script kept before it changed anything, by name.
    var preImages: [String: String] {
        switch self {
        case .done(_, _, let preImages): preImages
        case .failed(let failure): failure.preImages
        case .lost, .away: [:]
        }
    }

    /// Sorts out how a script ended.
    init(_ applied: Applied, of step: StepID, on node: NodeName, script: Script) {
        switch applied.fate {
        case .lost(let why):
            self = .lost(why: why, output: applied.output)
            return
        case .late(let limit):
            var failure = StepFailure.late(step, node, after: limit)
            failure.script = script.text
            failure.output = applied.output
            failure.preImages = applied.preImages
            self = .failed(failure)
            return
        case .never(let why):
            var failure = StepFailure(
                .failed, step: step, node: node, message: "it was not begun: \(why)", script: script.text,
                output: applied.output)
            failure.wasNeverBegun = true
            self = .failed(failure)
            return
        case nil: break
        }
        switch applied.outcome {
        case .exited(0):
            self = .done(observation: applied.observation, output: applied.output, preImages: applied.preImages)
        case .unknown: self = .lost(why: "the connection was lost in mid-step", output: applied.output)
        default:
            let isRefusal = applied.isRefusal
            var failure = StepFailure(
                isRefusal ? .refused : .failed, step: step, node: node,
                message: isRefusal ? applied.note ?? "the step's guard refused" : applied.outcome.description,
                script: script.text,
                output: applied.output)
            failure.preImages = applied.preImages
            self = .failed(failure)
        }
    }
}

extension [String: String] {
    /// Hashes by name as facts for the journal.
    var asFacts: [String: String] {
        Dictionary(uniqueKeysWithValues: map { (RunState.preImage + $0.key, $0.value) })
    }
}
