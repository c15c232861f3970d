import Actions
import Execution
import Planning
import Steps
import Transport

/// What the judgements of a plan's steps say of a cluster in use: each difference from the inventory once, with the line
/// that mends it.
struct StepFindings {
    private let rows: [PlanProbe.Row]
    private let asked: [NodeName]
    private let absent: [NodeName]
    /// What the cluster's own state says already.
    private let told: Set<String>

    init(_ rows: [PlanProbe.Row], nodes: [NodeFacts]) {
        self.rows = rows
        asked = nodes.filter { $0.problem == nil }.map(\.node)
        absent = nodes.filter { $0.problem != nil }.map(\.node)
        told = Set(nodes.compactMap { $0.status?.obstacle(toRunning: nodes.map(\.node)) })
    }

    var findings: [StatusFinding] { rows.flatMap(findings) + unasked }

    /// The steps that are judged over all nodes, and cannot be while one of them does not answer: said once.
    private var unasked: [StatusFinding] {
        let steps = rows.filter(\.verdicts.isEmpty).map(\.step.id.description)
        if steps.isEmpty || asked.isEmpty { return [] }
        let names = absent.map(\.text).joined(separator: ", ")
        return [StatusFinding(.unknown, "\(steps.joined(separator: ", ")): not known while \(names) cannot be asked")]
    }

    private func findings(_ row: PlanProbe.Row) -> [StatusFinding] {
        var findings: [StatusFinding] = []
        for node in asked {
            guard let verdict = row.verdicts[node], let finding = finding(verdict, row) else { continue }
            if let index = findings.firstIndex(where: { $0.what == finding.what && $0.severity == finding.severity }) {
                findings[index].nodes.append(node)
            } else {
                var finding = finding
                finding.nodes = [node]
                findings.append(finding)
            }
        }
        // A judgement of all nodes together is of the cluster, not of each of them.
        for index in findings.indices where row.step.action.scope == .fleet && findings[index].nodes == asked {
            findings[index].nodes = []
        }
        return findings
    }

    private func finding(_ verdict: Verdict, _ row: PlanProbe.Row) -> StatusFinding? {
        let stage = row.step.id.stage
        let isProof = WatchedActions.proofs.contains(row.step.kind)
        switch verdict {
        case .satisfied: return nil
        case .needed(let why):
            if told.contains(why) { return nil }
            let mend = row.outage == nil ? StatusFinding.Mend.deploy(stage: stage) : .outage(stage: stage)
            return StatusFinding(isProof ? .note : .problem, "\(row.step.id): \(why)", mend: mend)
        case .refused(let why):
            return StatusFinding(isProof ? .note : .problem, "\(row.step.id): \(why)", mend: .plan)
        case .failed(let why): return StatusFinding(.unknown, "\(row.step.id): \(why)", mend: .plan)
        }
    }
}
