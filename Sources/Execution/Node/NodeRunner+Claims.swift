import Journaling
import Planning
import Steps
import Transport

/// Attempts that a node keeps a record of, so that a later process can tell what became of them.
extension NodeRunner {
    /// How many seconds a script that still runs is waited for.
    private static let patience = 600

    /// The claim that the step's newest intent announced, of its work or of its undo, and that has no proved
    /// outcome yet.
    func claim(of step: StepID, on node: NodeName) async -> StepClaim? {
        let key = RunState.Key(step: step, node: node)
        let attempt = await recorder.look { state in state.mayRun(key) ? state.claims[key] : nil }
        return attempt.map { StepClaim(folder: stateFolder(step), attempt: $0) }
    }

    /// Waits for what an earlier process left running of these steps, and gives up what it did not begin.
    ///
    /// Afterwards a probe tells the truth: nothing of the attempts runs any more or ever will.
    ///
    /// - Returns: what became of each attempt that the node has a record of.
    func closeAttempts(
        of keys: [RunState.Key]
    ) async -> [RunState.Key: Result<ClosedAttempt, StepFailure>] {
        await keys.gatherByName { await close($0) }.compactMapValues(\.self)
    }

    /// What became of the step's newest attempt, where the node has a record of it; nil where nobody can say.
    func fate(of step: StepID, on node: NodeName) async -> StepClaim.Fate? {
        let key = RunState.Key(step: step, node: node)
        return try? await closeAttempts(of: [key])[key]?.get().fate
    }

    /// Waits for whatever an earlier process may have left running in these stages, long commands too.
    ///
    /// - Returns: what still runs or could not be asked for; empty where nothing can be under way any more.
    func awaitEverything(of stages: some Sequence<PlannedStage>) async -> [StepFailure] {
        let names = Set(stages.map(\.name))
        var failures: [StepFailure] = []
        for case .away(let failure) in await awaitLeftovers(of: names).values { failures.append(failure) }
        if !failures.isEmpty { return failures }
        let absent = absent
        let open = await recorder.look { state in
            state.touched.filter { names.contains($0.step.stage) && state.mayRun($0) && !absent.contains($0.node) }
        }
        for (key, answer) in await closeAttempts(of: open) {
            switch answer {
            case .success(let closed): if closed.fate == .running { failures.append(.stillRunning(key)) }
            case .failure(let failure): failures.append(failure)
            }
        }
        return failures
    }

    private func close(_ key: RunState.Key) async -> Result<ClosedAttempt, StepFailure>? {
        guard let claim = await claim(of: key.step, on: key.node) else { return nil }
        recorder.progress("looking for what an earlier harun began", step: key.step, node: key.node)
        let script = Script(
            "\(claim.close(within: Self.patience))\n\(StepFolder.report)", timeout: .seconds(Self.patience + 60))
        do throws(StepFailure) {
            let result = try await run(script, on: key.node, step: key.step)
            let facts = Observation(result: result).facts
            if let word = facts["attempt"], let fate = StepClaim.Fate(rawValue: word) {
                return .success(
                    ClosedAttempt(
                        fate: fate, limit: facts["limit"] ?? "", preImages: StepFolder.preImages(among: facts)))
            }
            let reason = "what became of it could not be found out: \(result.outcome)"
            return .failure(StepFailure(.failed, step: key.step, node: key.node, message: reason))
        } catch {
            return .failure(error)
        }
    }
}

extension StepFailure {
    /// Work that was ended because its time was over has failed, and is over: that is no doubt.
    ///
    /// - Parameter limit: in seconds.
    static func late(_ step: StepID, _ node: NodeName, after limit: String) -> StepFailure {
        var failure = StepFailure(.failed, step: step, node: node, message: TimeLimit.message(limit))
        failure.late = limit
        return failure
    }

    /// Nothing may be begun or taken back beside an attempt that has not ended.
    static func stillRunning(_ key: RunState.Key) -> StepFailure {
        StepFailure(
            .unknown, step: key.step, node: key.node,
            message: "an earlier process began it, and it still runs there: wait for its end")
    }
}
