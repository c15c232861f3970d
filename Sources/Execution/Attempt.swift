import Actions
import Planning
import Transport

/// What came of a step's work on one node, before anything is made of it.
enum Attempt: Sendable {
    /// The script ended well; the node's own probe right behind it, where it was heard.
    case done(observation: Observation?, output: String)
    /// The script is proved to have failed, or never to have begun.
    case failed(StepFailure)
    /// Nobody knows how far the script came: the node must be looked at.
    case lost(why: String, output: String)
}

extension Attempt {
    /// The last lines that the script printed.
    var output: String? {
        switch self {
        case .done(_, let output), .lost(_, let output): output
        case .failed(let failure): failure.output
        }
    }

    /// Sorts out how a script ended.
    init(_ applied: Applied, of step: StepID, on node: NodeName, script: Script) {
        switch applied.fate {
        case .lost(let why):
            self = .lost(why: why, output: applied.output)
            return
        case .never(let why):
            self = .failed(
                StepFailure(
                    .failed, step: step, node: node, message: "it was not begun: \(why)", script: script.text,
                    output: applied.output))
            return
        case nil: break
        }
        switch applied.outcome {
        case .exited(0): self = .done(observation: applied.observation, output: applied.output)
        case .unknown: self = .lost(why: "the connection was lost in mid-step", output: applied.output)
        case .exited(ScriptPrelude.refused):
            let note = applied.output.split(whereSeparator: \.isNewline).last { $0.hasPrefix("note ") }
            self = .failed(
                StepFailure(
                    .refused, step: step, node: node,
                    message: note.map { String($0.dropFirst(5)) } ?? "the step's guard refused", script: script.text,
                    output: applied.output))
        default:
            self = .failed(
                StepFailure(
                    .failed, step: step, node: node, message: applied.outcome.description, script: script.text,
                    output: applied.output))
        }
    }
}

extension TransportError {
    /// Whether a command may have begun all the same, so that its node must be looked at.
    var mayHaveBegun: Bool {
        switch self {
        case .connectionLost(let phase, _), .timedOut(let phase, _):
            !["connect", "handshake", "login", "open"].contains(phase)
        case .cancelled: true
        default: false
        }
    }
}
