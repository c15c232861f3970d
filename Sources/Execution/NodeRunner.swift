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

    /// Asks these nodes at once, each for its own steps.
    func probe(_ questions: [NodeName: [PlannedStep]]) async -> [NodeName: Result<[Observation], StepFailure>] {
        typealias Answer = (NodeName, Result<[Observation], StepFailure>)
        return await withTaskGroup(of: Answer.self) { group in
            for (node, steps) in questions {
                group.addTask {
                    do throws(StepFailure) {
                        return (node, .success(try await self.probe(steps, on: node)))
                    } catch {
                        return (node, .failure(error))
                    }
                }
            }
            var answers: [NodeName: Result<[Observation], StepFailure>] = [:]
            for await (node, answer) in group { answers[node] = answer }
            return answers
        }
    }

    /// Probes several steps on one node in one round trip.
    ///
    /// A probe changes nothing, so one that was lost is asked again, once and over a new connection.
    private func probe(_ steps: [PlannedStep], on node: NodeName) async throws(StepFailure) -> [Observation] {
        let batch = BatchProbe(steps.map { $0.action.probe(node) }, mark: Self.mark())
        do throws(StepFailure) {
            let (result, observations) = try await ask(batch, on: node, step: steps.first?.id)
            if result.outcome != .unknown { return observations }
        } catch {
            guard case .connectionLost? = error.transport else { throw error }
        }
        return try await ask(batch, on: node, step: steps.first?.id).observations
    }

    private func ask(
        _ batch: BatchProbe, on node: NodeName, step: StepID?
    ) async throws(StepFailure) -> (result: CommandResult, observations: [Observation]) {
        let began = Date.now.timeIntervalSince1970
        let result = try await run(batch.command, on: node, step: step)
        let ended = max(began, Date.now.timeIntervalSince1970)
        let observations = batch.observations(from: result).map { observation in
            var observation = observation
            observation.asked = began...ended
            return observation
        }
        return (result, observations)
    }

    /// Runs a step's scripts at once, each with its probe behind it.
    func apply(_ step: PlannedStep, _ scripts: [NodeName: Script]) async -> [NodeName: Attempt] {
        await withTaskGroup(of: (NodeName, Attempt).self) { group in
            for (node, script) in scripts {
                group.addTask {
                    do throws(StepFailure) {
                        let applied = try await self.runAndProbe(step, script, on: node)
                        return (node, Attempt(applied, of: step, on: node, script: script))
                    } catch {
                        let isLost = error.transport?.mayHaveBegun == true
                        return (node, isLost ? .lost(why: error.message, output: "") : .failed(error))
                    }
                }
            }
            var attempts: [NodeName: Attempt] = [:]
            for await (node, attempt) in group { attempts[node] = attempt }
            return attempts
        }
    }

    /// Runs a script of a step and, in the same round trip, its probe.
    ///
    /// Nothing is begun where the step's folder cannot be made: what a script saves there is what it is
    /// taken back with.
    func runAndProbe(_ step: PlannedStep, _ script: Script, on node: NodeName) async throws(StepFailure) -> Applied {
        let mark = Self.mark()
        let probe = step.action.probe(node)
        let text = """
            \(ScriptPrelude.text)
            umask 077; HARUN_STATE=\(stateFolder(step.id)); export HARUN_STATE; mkdir -p "$HARUN_STATE" || exit 73; umask 022
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
            let result = try await connection.run(command) { chunk in
                let line = String(decoding: chunk.bytes, as: UTF8.self).lastLines(1)
                if !line.isEmpty, !line.hasPrefix("@") { recorder.progress(line, step: step, node: node) }
            }
            if result.outcome == .unknown { await connections.drop(node) }
            return result
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
