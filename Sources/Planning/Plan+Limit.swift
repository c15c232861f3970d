import Actions
package import Inventory
import Steps
import Transport

extension Plan {
    /// The plan on some of the nodes only.
    ///
    /// - Parameter selector: names, globs and groups, as ``Selector`` reads them.
    /// - Throws: where the selector means no node, or a step needs every node: what such a step proves for
    ///   all nodes together is worth nothing on a part of them.
    package func limited(to selector: String, of fleet: Fleet) throws(PlanSourceError) -> Plan {
        let chosen: [Node]
        do throws(SelectorError) {
            chosen = try fleet.select(try Selector(selector))
        } catch {
            throw .limit(error.description)
        }
        let names = Set(chosen.map(\.name))
        if names.count == nodes.count { return self }
        var plan = self
        plan.peers = peers.filter { names.contains($0.name) }
        for stage in plan.stages.indices {
            for index in plan.stages[stage].steps.indices {
                let step = plan.stages[stage].steps[index]
                guard step.action.scope == .node, case .nodes(let targets) = step.target else {
                    throw .limit(
                        "step \(step.id) needs every node, so the run cannot be limited to \(selector); "
                            + "choose stages without such a step with --only")
                }
                plan.stages[stage].steps[index].target = .nodes(targets.filter { names.contains($0) })
            }
            plan.stages[stage].steps.removeAll { $0.target == .nodes([]) }
        }
        plan.stages.removeAll { $0.steps.isEmpty }
        return plan
    }
}
