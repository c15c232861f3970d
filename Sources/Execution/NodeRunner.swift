import Actions
import Foundation
import Journaling
import Planning
import Transport

/// Runs the scripts of steps on nodes and says what came of them.
struct NodeRunner: Sendable {
    let connections: Connections
    let recorder: Recorder

    /// What an apply script and the probe right behind it left.
    struct Applied: Sendable {
        var outcome: Outcome
        /// The verification; nil where the apply script did not succeed.
        var observation: Observation?
        var output: String
    }

    /// Where a step keeps what it needs to take itself back, on the node.
    func stateFolder(_ step: StepID) -> String { "/var/lib/harun/runs/\(recorder.run)/\(step.stage).\(step.step)" }

    /// Probes several steps on one node in one round trip.
    func probe(_ steps: [PlannedStep], on node: NodeName) async throws(StepFailure) -> [Observation] {
        let batch = BatchProbe(steps.map { $0.action.probe(node) }, mark: Self.mark())
        let began = Date.now.timeIntervalSince1970
        let result = try await run(batch.command, on: node, step: steps.first?.id)
        let ended = max(began, Date.now.timeIntervalSince1970)
        return batch.observations(from: result).map { observation in
            var observation = observation
            observation.asked = began...ended
            return observation
        }
    }

    /// Runs a step's apply script and, in the same round trip, its probe.
    func apply(_ step: PlannedStep, _ script: Script, on node: NodeName) async throws(StepFailure) -> Applied {
        let mark = Self.mark()
        let probe = step.action.probe(node)
        let text = """
            \(ScriptPrelude.text)
            umask 077; HARUN_STATE=\(stateFolder(step.id)); export HARUN_STATE; mkdir -p "$HARUN_STATE"; umask 022
            (
            \(script.text)
            )
            rc=$?; printf '\\n@%s applied %s\\n' \(mark) "$rc"; [ "$rc" = 0 ] || exit "$rc"
            printf '@%s begin 0\\n' \(mark); printf '@%s begin 0\\n' \(mark) >&2
            (
            \(probe.text)
            ) </dev/null
            printf '\\n@%s end %s\\n' \(mark) "$?"
            """
        let command = Command(text, input: script.input, timeout: script.timeout + probe.timeout)
        let result = try await run(command, on: node, step: step.id)
        let output = Self.output(result, before: mark)
        let succeeded = result.outputText.contains("@\(mark) applied 0\n")
        let observation = BatchProbe([probe], mark: mark).observations(from: result).first
        return Applied(
            outcome: succeeded && result.outcome == .exited(0) ? .exited(0) : result.outcome,
            observation: succeeded ? observation : nil, output: output)
    }

    /// Runs a script outside of any frame, with the prelude and the step's folder.
    func run(_ script: Script, on node: NodeName, step: StepID) async throws(StepFailure) -> CommandResult {
        let text = "\(ScriptPrelude.text)\nHARUN_STATE=\(stateFolder(step)); export HARUN_STATE\n\(script.text)"
        return try await run(Command(text, input: script.input, timeout: script.timeout), on: node, step: step)
    }

    private func run(_ command: Command, on node: NodeName, step: StepID?) async throws(StepFailure) -> CommandResult {
        do throws(TransportError) {
            let recorder = recorder
            let connection = try await connections.connection(to: node)
            return try await connection.run(command) { chunk in
                let line = String(decoding: chunk.bytes, as: UTF8.self).lastLines(1)
                if !line.isEmpty, !line.hasPrefix("@") { recorder.progress(line, step: step, node: node) }
            }
        } catch {
            await connections.drop(node)
            throw StepFailure(.failed, step: step, node: node, message: error.description, transport: error)
        }
    }

    /// What the work printed before the verification's frame, standard error behind standard output.
    private static func output(_ result: CommandResult, before mark: String) -> String {
        func head(_ text: String) -> String {
            text.split(separator: "@\(mark) ", maxSplits: 1, omittingEmptySubsequences: false).first.map(String.init)
                ?? ""
        }
        let hidden = ["secret ", "blob "]
        let lines = (head(result.outputText) + "\n" + head(result.errorText)).split(whereSeparator: \.isNewline)
        return lines.filter { line in !hidden.contains { line.hasPrefix($0) } }.suffix(20).joined(separator: "\n")
    }

    private static func mark() -> String { String(UInt64.random(in: .min ... .max), radix: 36) }
}
