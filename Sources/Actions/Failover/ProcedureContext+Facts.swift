import Steps
import Transport

extension ProcedureContext {
    /// Runs a script and reads its `fact`, `blob` and `secret` lines; a script that fails is an error.
    func observe(_ script: Script, on node: NodeName) async throws(ProcedureFailure) -> Observation {
        let result = try await run(script, on: node)
        guard result.outcome.isSuccess else {
            let said = (result.errorText.isEmpty ? result.outputText : result.errorText).lastLines(3)
            throw ProcedureFailure(
                "\(node): \(result.outcome)" + (said.isEmpty ? "" : ": " + said), isUnknown: result.outcome == .unknown)
        }
        var observation = Observation(code: 0)
        for line in result.outputText.split(separator: "\n") { observation.take(line) }
        return observation
    }

    /// The facts of a script that succeeded.
    func facts(_ script: Script, on node: NodeName) async throws(ProcedureFailure) -> [String: String] {
        try await observe(script, on: node).facts
    }
}
