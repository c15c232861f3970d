import Planning
import Steps
import Transport

/// The engine's side of ``ProcedureContext`` for one step.
struct StepContext: ProcedureContext {
    let step: StepID
    let peers: [Peer]
    let prober: any OutsideProber
    let runner: NodeRunner

    func run(_ script: Script, on node: NodeName) async throws(ProcedureFailure) -> CommandResult {
        do throws(StepFailure) {
            return try await runner.run(script, on: node, step: step)
        } catch {
            throw ProcedureFailure("\(node): \(error.message)", isUnknown: true)
        }
    }

    func reconnect(_ node: NodeName, within limit: Duration) async throws(ProcedureFailure) {
        progress("waiting for \(node) to answer over SSH, at most \(limit.components.seconds) s")
        do throws(TransportError) {
            try await runner.connections.reopen(node, within: limit)
        } catch {
            switch error {
            case .hostKeyChanged, .hostKeyUnknown, .hostKeyRevoked: throw ProcedureFailure("\(node): \(error)")
            case .cancelled: throw ProcedureFailure("stopped while waiting for \(node)", isUnknown: true)
            default:
                throw ProcedureFailure("waited \(limit.components.seconds) s for \(node) to answer over SSH: \(error)")
            }
        }
    }

    @discardableResult
    func wait<T: Sendable>(
        for what: String, within limit: Duration, every pause: Duration,
        _ question: @Sendable () async throws(ProcedureFailure) -> T?
    ) async throws(ProcedureFailure) -> T {
        let began = ContinuousClock.now
        while true {
            if let answer = try await question() { return answer }
            if ContinuousClock.now - began > limit {
                throw ProcedureFailure("waited \(limit.components.seconds) s for \(what), in vain")
            }
            progress("waiting for \(what), \(Int(began.secondsSince)) s of at most \(limit.components.seconds) s")
            do {
                try await Task.sleep(for: pause)
            } catch {
                throw ProcedureFailure("stopped while waiting for \(what)", isUnknown: true)
            }
        }
    }

    func progress(_ text: String) { runner.recorder.progress(text, step: step, node: nil) }
}
