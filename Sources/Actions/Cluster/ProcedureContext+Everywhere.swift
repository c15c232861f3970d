import Steps
import Transport

extension ProcedureContext {
    /// Runs a script on several nodes at once and waits for all of them.
    ///
    /// - Throws: where a node cannot be reached, after the others have ended.
    func run(_ script: Script, everywhere nodes: [NodeName]) async throws(ProcedureFailure) -> [NodeName: CommandResult]
    {
        let answers = await nodes.gatherResults { (node: NodeName) async throws(ProcedureFailure) in
            try await run(script, on: node)
        }
        var results: [NodeName: CommandResult] = [:]
        for (node, answer) in zip(nodes, answers) { results[node] = try answer.get() }
        return results
    }

    /// Runs a script that must succeed on all of these nodes.
    ///
    /// - Parameter what: for the message: `stopping the cluster`.
    func demand(_ script: Script, everywhere nodes: [NodeName], _ what: String) async throws(ProcedureFailure) {
        let results = try await run(script, everywhere: nodes)
        for (node, result) in results.sorted(by: { $0.key < $1.key }) {
            try result.demandSuccess("\(what) on \(node)")
        }
    }

    /// Pacemaker's status as a node sees it; nil where the node or its Pacemaker does not answer.
    func status(from node: NodeName) async -> PacemakerStatus? {
        let script = Script("", asking: [PacemakerStatus.question], timeout: .seconds(30))
        guard let result = try? await run(script, on: node) else { return nil }
        return PacemakerStatus(result.observation)
    }
}

extension CommandResult {
    /// What a script reported by the words of ``ScriptPrelude``.
    var observation: Observation {
        var observation = Observation(code: nil)
        if case .exited(let code) = outcome { observation.code = code }
        for line in outputText.split(whereSeparator: \.isNewline) { observation.take(line) }
        observation.errors = errorText
        return observation
    }

    /// - Throws: what was tried, how it ended and its last words, where it did not succeed.
    func demandSuccess(_ what: String) throws(ProcedureFailure) {
        if outcome.isSuccess { return }
        let note = observation.note
        let words = note.isEmpty ? (outputText + "\n" + errorText).lastLines(4) : note
        throw ProcedureFailure(
            "\(what): \(outcome)\(words.isEmpty ? "" : "\n\(words)")", isUnknown: outcome == .unknown)
    }
}
