import Journaling
import Planning
import Steps
import Transport

/// Long commands are followed to their end, over as many connections as that takes.
extension NodeRunner {
    /// How long a command that is only looked for may be followed; the node itself ends it before that.
    private static let longest = Duration.seconds(24 * 3600)

    /// The long command of a step's last intent on a node.
    private func longCommand(_ step: StepID, _ node: NodeName) async -> LongCommand {
        let number = max(1, await recorder.attempts(of: RunState.Key(step: step, node: node)))
        return LongCommand(run: recorder.run, step: step, number: number, stateFolder: stateFolder(step))
    }

    /// Writes into an intent what is about to be run, and by which name the node will know it: the unit of a
    /// long command, the attempt of any other.
    func announce(_ script: Script?, in intent: inout Event) async {
        intent.script = script?.text
        guard let script, let step = intent.step, let node = intent.node else { return }
        guard script.isLong else {
            intent.facts = (intent.facts ?? [:]).merging(["attempt": Self.mark()]) { $1 }
            return
        }
        let number = await recorder.attempts(of: RunState.Key(step: step, node: node)) + 1
        let command = LongCommand(run: recorder.run, step: step, number: number, stateFolder: stateFolder(step))
        intent.facts = (intent.facts ?? [:]).merging(["unit": command.unit]) { $1 }
    }

    /// Starts a step's long script, or finds it again where it has begun already, and waits for its end.
    func follow(
        _ step: PlannedStep, _ script: Script, on node: NodeName, takingBack preImages: [String: String]?
    ) async throws(StepFailure) -> Applied {
        let mark = Self.mark()
        let work = await longCommand(step.id, node).text(script, mark: mark)
        let text = guarded(
            work, of: step.id, within: script.timeout + LongCommand.longestStop, takingBack: preImages)
        let frame = WorkFrame(text, probe: step.action.probe(node), mark: mark)
        return try await insist(frame, input: script.input, within: script.timeout + TimeLimit.slack, step.id, node)
    }

    /// Waits for the long commands of stages that the journal knows no proved end of: what a killed harun left.
    ///
    /// Nothing is begun by it. Afterwards the probes tell the truth: nothing of the stages runs any more, but
    /// for what is ``Attempt/away(_:)``.
    func awaitLeftovers(of stages: Set<String>) async -> [RunState.Key: Attempt] {
        let absent = absent
        let keys = await recorder.look { state in
            state.units.keys.filter { stages.contains($0.step.stage) && !absent.contains($0.node) }
        }
        return await keys.gatherByName { await end(of: $0, within: Self.longest) }
    }

    /// Waits for a long command that was begun, without beginning it; ``Attempt/away(_:)`` where its end is not heard of.
    func end(of key: RunState.Key, within limit: Duration) async -> Attempt {
        let mark = Self.mark()
        let work = await longCommand(key.step, key.node).text(nil, mark: mark)
        let frame = WorkFrame("\(work)\n\(StepFolder.report)", probe: nil, mark: mark)
        recorder.progress("looking for the command that was begun", step: key.step, node: key.node)
        do throws(StepFailure) {
            let applied = try await insist(frame, input: [], within: limit, key.step, key.node)
            if applied.outcome == .unknown { return .away(Self.unheard(key)) }
            return Attempt(applied, of: key.step, on: key.node, script: Script(""))
        } catch {
            // Not even this was heard, so nobody knows whether it still runs.
            return .away(error)
        }
    }

    private static func unheard(_ key: RunState.Key) -> StepFailure {
        StepFailure(.failed, step: key.step, node: key.node, message: "its command was not seen to end")
    }

    /// Runs the same command until one connection lasts to its end, or the time is over.
    ///
    /// Only for commands that find out on the node how far they came.
    private func insist(
        _ frame: WorkFrame, input: [UInt8], within limit: Duration, _ step: StepID, _ node: NodeName
    ) async throws(StepFailure) -> Applied {
        let end = ContinuousClock.now + limit
        while true {
            let left = end - .now
            do throws(StepFailure) {
                let command = frame.command(input: input, timeout: max(left, .seconds(1)))
                let result = try await run(command, on: node, step: step)
                if result.outcome != .unknown || left <= .zero { return frame.applied(result) }
            } catch {
                guard case .connectionLost? = error.transport, left > .zero else { throw error }
            }
            let wait = min(max(end - .now, .zero), patience.following)
            recorder.progress(
                "the connection was lost; the command goes on; waiting for the node, at most \(wait.components.seconds) s",
                step: step, node: node)
            do throws(TransportError) {
                try await reopen(node, within: wait)
            } catch {
                var failure = StepFailure(
                    .failed, step: step, node: node,
                    message: """
                        the connection was lost in mid-step, and the node did not answer again within \
                        \(wait.components.seconds) s: \(error)
                        its command goes on there, and harun resume finds it again
                        """, transport: error)
                failure.isAway = true
                throw failure
            }
        }
    }
}
