import Journaling
import Planning
import Transport

/// Nodes that do not answer any more are waited for, within ``Patience``.
extension NodeRunner {
    /// Connects to all nodes but those that are left out, which must not answer: a node that is there takes part.
    ///
    /// - Returns: why it cannot go on; empty where it can.
    func connectAll(_ nodes: [NodeName]) async -> [StepFailure] {
        failures(of: nodes, await connections.connectAll())
    }

    /// What the errors of connecting to these nodes mean.
    func failures(of nodes: [NodeName], _ unreachable: [NodeName: TransportError]) -> [StepFailure] {
        nodes.sorted().compactMap { node in
            let error = unreachable[node]
            if absent.contains(node) {
                if error != nil { return nil }
                return StepFailure(
                    .refused, node: node, message: "it answers, so it is not left out; go on without --without \(node)")
            }
            return error.map { StepFailure(.failed, node: node, message: $0.description, transport: $0) }
        }
    }

    /// Whether a node that was lost in mid-step answers again in time.
    func isBack(_ node: NodeName, in step: StepID) async -> Bool {
        let limit = patience.lost
        recorder.progress(
            "waiting for \(node) to answer over SSH, at most \(limit.components.seconds) s", step: step, node: node)
        if case .success = await reopened(node, within: limit) { return true }
        return false
    }

    /// What is known of the step's newest attempt on a node that was lost in mid-step, once nothing of it runs there.
    ///
    /// A script may outlive its connection, and a probe beside it would tell of half its work.
    ///
    /// - Returns: nil where the node does not answer in time, or the attempt goes on for too long.
    func onceQuiet(_ node: NodeName, in step: StepID) async -> ClosedAttempt? {
        guard await isBack(node, in: step) else { return nil }
        let key = RunState.Key(step: step, node: node)
        switch await closeAttempts(of: [key])[key] {
        case .success(let closed)?: return closed.fate == .running ? nil : closed
        case .failure?: return nil
        case nil: return await longOnceQuiet(key)
        }
    }

    /// The same of a long command, which may go on beyond its time: its unit is stopped then, and needs a while.
    private func longOnceQuiet(_ key: RunState.Key) async -> ClosedAttempt? {
        guard await recorder.look({ $0.units[key] != nil }) else { return ClosedAttempt(fate: .over) }
        let attempt = await end(of: key, within: LongCommand.longestStop + .seconds(60))
        if case .away = attempt { return nil }
        if case .failed(let failure) = attempt, let limit = failure.late {
            return ClosedAttempt(fate: .late, limit: limit, preImages: attempt.preImages)
        }
        return ClosedAttempt(fate: .over, preImages: attempt.preImages)
    }

    /// Waits for a node that an earlier process of the run left at work.
    ///
    /// - Returns: why it does not answer; nil once it does.
    func waitFor(_ node: NodeName, leftIn step: StepID) async -> TransportError? {
        let limit = patience.following
        recorder.progress(
            "an earlier harun left \(node) at work: waiting for it to answer, at most \(limit.components.seconds) s",
            step: step, node: node)
        switch await reopened(node, within: limit) {
        case .success: return nil
        case .failure(let error): return error
        }
    }

    /// Connects anew to a node, for as long as somebody has the patience.
    ///
    /// Once the operator asked the run to stop, a node that does not answer is waited for only a little longer.
    func reopen(_ node: NodeName, within limit: Duration) async throws(TransportError) {
        try await reopened(node, within: limit).get()
    }

    private func reopened(_ node: NodeName, within limit: Duration) async -> Result<Void, TransportError> {
        await withTaskGroup(of: Result<Void, TransportError>.self) { group in
            group.addTask { await self.attempt(node, limit) }
            group.addTask {
                await interruption.isOver(for: patience.stopping)
                return .failure(.cancelled)
            }
            let first = await group.next()
            group.cancelAll()
            return first ?? .failure(.cancelled)
        }
    }

    private func attempt(_ node: NodeName, _ limit: Duration) async -> Result<Void, TransportError> {
        do throws(TransportError) {
            return .success(try await connections.reopen(node, within: limit))
        } catch {
            return .failure(error)
        }
    }
}
