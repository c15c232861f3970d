import Planning
import Steps
import Transport

extension NodeRunner {
    /// How long an answer is waited for.
    private static let patience = Duration.seconds(2)

    /// Asks from this machine what the steps want to know of their nodes, all at once.
    ///
    /// - Returns: whether each target answered; nothing where it cannot be asked from here, which proves nothing.
    func askOutside(_ questions: [NodeName: [PlannedStep]]) async -> [OutsideTarget: Bool] {
        var targets: Set<OutsideTarget> = []
        for (node, steps) in questions { for step in steps { targets.formUnion(step.action.outside(node)) } }
        if targets.isEmpty { return [:] }
        let watched = try? await prober.watch(
            targets.sorted { $0.description < $1.description }, every: .milliseconds(200)
        ) {
            (watch: any OutsideWatch) async throws(ProcedureFailure) -> [OutsideTarget: Bool] in
            while true {
                let seen = watch.timelines.map { ($0.target, $0.samples.contains(where: \.isAnswered)) }
                if watch.elapsed > Self.patience || seen.allSatisfy(\.1) {
                    return Dictionary(seen) { $0 || $1 }
                }
                do { try await Task.sleep(for: .milliseconds(50)) } catch { return [:] }
            }
        }
        return watched?.result ?? [:]
    }

    /// Puts what was answered from outside beside what the node itself said.
    func note(
        _ outside: [OutsideTarget: Bool], in answers: inout [NodeName: Result<[Observation], StepFailure>],
        to questions: [NodeName: [PlannedStep]]
    ) {
        for (node, steps) in questions {
            guard case .success(var found)? = answers[node], found.count == steps.count else { continue }
            for (index, step) in steps.enumerated() {
                for target in step.action.outside(node) {
                    if let isAnswered = outside[target] { found[index].note(target, answers: isAnswered) }
                }
            }
            answers[node] = .success(found)
        }
    }
}
