import Actions
import Crypto
package import Documents
package import Inventory
package import Runbooks
import Steps
import Transport

/// Puts an inventory and a runbook together: settings filled in, nodes chosen, every action made.
///
/// Pure: no node is asked. Everything wrong is reported at once, at the runbook's line.
package struct Planner {
    private let fleet: Fleet
    private let runbook: Runbook
    private let peers: [Peer]
    private let names: [NodeName]
    private var diagnostics: [Diagnostic] = []

    private init(_ runbook: Runbook, _ fleet: Fleet) {
        self.runbook = runbook
        self.fleet = fleet
        peers = fleet.nodes.map { Peer(name: $0.name, address: $0.address, links: $0.links) }
        names = peers.map(\.name)
    }

    /// Makes the plan.
    ///
    /// - Throws: what the runbook asks for and the inventory does not give, or actions that do not exist.
    package static func plan(_ runbook: Runbook, for fleet: Fleet) throws(DiagnosticError) -> Plan {
        var planner = Planner(runbook, fleet)
        let plan = planner.make()
        if !planner.diagnostics.isEmpty { throw DiagnosticError(planner.diagnostics) }
        return plan
    }

    private mutating func make() -> Plan {
        let stages = runbook.stages.filter { holds($0.condition) }.map { stage in
            PlannedStage(
                name: stage.name, summary: stage.summary,
                steps: stage.steps.filter { holds($0.condition) }.compactMap { plan($0, of: stage) })
        }
        return Plan(
            runbook: runbook.name, subject: fleet.cluster?.name ?? fileName, fingerprint: fingerprint,
            peers: peers, stages: stages.filter { !$0.steps.isEmpty }, activeNode: PacemakerStatus.activeNode)
    }

    /// The file's name alone: by which way it was reached makes no other plan.
    private var fileName: String { fleet.file.split(separator: "/").last.map(String.init) ?? fleet.file }

    private var fingerprint: String {
        let digest = SHA256.hash(data: Array(fleet.sourceText.utf8) + [0] + Array(runbook.source.utf8))
        return digest.map { byte in (byte < 16 ? "0" : "") + String(byte, radix: 16) }.joined()
    }

    private func holds(_ condition: Condition) -> Bool {
        condition.requires.allSatisfy { fleet.has(section: $0) }
            && condition.when.allSatisfy { fleet.lookup($0.key)?.singleText == $0.value }
    }

    private mutating func plan(_ step: Step, of stage: Stage) -> PlannedStep? {
        guard let type = ActionCatalog.type(named: step.action) else {
            let known = ActionCatalog.kinds.joined(separator: ", ")
            diagnostics.append(
                Diagnostic("there is no action `\(step.action)`; known are \(known)", at: step.location))
            return nil
        }
        let target = target(of: step)
        if case .nodes(let nodes)? = target, nodes.isEmpty { return nil }
        var substitution = Substitution(fleet.lookup)
        let with = TableReader(substitution.table(step.with), title: "`with` of step \(stage.name)/\(step.id)")
        diagnostics += substitution.diagnostics
        let action = type.init(reading: with, peers: peers)
        with.finish()
        diagnostics += with.diagnostics
        guard let action, let target else { return nil }
        return PlannedStep(
            id: StepID(stage: stage.name, step: step.id), kind: step.action, action: action, target: target,
            isRolling: step.isRolling)
    }

    /// Chooses the nodes; nil after noting an error.
    private mutating func target(of step: Step) -> StepTarget? {
        guard let written = step.on else { return .nodes(names) }
        // A left out section leaves its steps out; a setting that is missing from its section must not do so unseen.
        let settings = (written.array ?? [written]).compactMap { $0.string?.wholeReference }
        if let absent = settings.first(where: { fleet.lookup($0) == nil && !fleet.leavesOut(sectionOf: $0) }) {
            diagnostics.append(
                Diagnostic("the inventory has no `\(absent)`, so there is no node to do this on", at: written.location))
            return nil
        }
        var substitution = Substitution(fleet.lookup)
        guard let value = substitution.value(written) else { return .nodes([]) }
        diagnostics += substitution.diagnostics
        switch value.string {
        case "all": return .nodes(names)
        case "none": return .nodes([])
        case "first": return .nodes(Array(names.prefix(1)))
        case "active": return .active
        default: break
        }
        let values = value.string == nil ? value.array ?? [] : [value]
        let wanted = values.compactMap(\.string)
        let nodes = names.filter { wanted.contains($0.text) }
        let unknown = wanted.filter { !names.contains(NodeName($0)) }
        if wanted.isEmpty || wanted.count < values.count || !unknown.isEmpty {
            let what = unknown.first.map { "there is no node `\($0)`" } ?? "`on` must name nodes"
            diagnostics.append(
                Diagnostic("\(what); write all, first, active, none or names of nodes", at: written.location))
            return nil
        }
        return .nodes(nodes)
    }
}
