package import Journaling
package import Planning
import Steps
package import Transport

/// Why a run cannot go on without a node.
package struct AbsenceRefusal: Error, Sendable, Hashable {
    package var message: String
}

extension Plan {
    /// What is left of a run for the other nodes, where some are left out.
    ///
    /// A step of the whole fleet proves something of all nodes together, and one for the active node asks them all: such
    /// a step must be done, and is not proved anew then.
    ///
    /// - Throws: what keeps the run from going on without these nodes.
    package func without(_ absent: Set<NodeName>, after state: RunState) throws(AbsenceRefusal) -> Plan {
        let strangers = absent.subtracting(nodes).sorted()
        if let stranger = strangers.first {
            throw AbsenceRefusal(
                message: "the run has no node \(stranger); it has \(nodes.map(\.text).joined(separator: ", "))")
        }
        if absent.count == nodes.count { throw AbsenceRefusal(message: "no node would be left") }
        if state.rollback != nil { throw AbsenceRefusal(message: "the run is being taken back") }
        var plan = self
        plan.peers = peers.filter { !absent.contains($0.name) }
        for stage in plan.stages.indices {
            var left: [PlannedStep] = []
            for var step in plan.stages[stage].steps {
                guard step.action.scope == .node, case .nodes(let targets) = step.target else {
                    if step.isDone(in: state) { continue }
                    let names = absent.sorted().map(\.text).joined(separator: ", ")
                    throw AbsenceRefusal(
                        message: "step \(step.id) is not done yet and needs all nodes, so the run cannot go on without "
                            + names)
                }
                step.target = .nodes(targets.filter { !absent.contains($0) })
                if step.target != .nodes([]) { left.append(step) }
            }
            plan.stages[stage].steps = left
        }
        plan.stages.removeAll { $0.steps.isEmpty }
        return plan
    }
}

extension PlannedStep {
    /// Whether the journal knows the step's proved end wherever it is to be done.
    fileprivate func isDone(in state: RunState) -> Bool {
        let known = state.progress.filter { $0.key.step == id }
        if known.isEmpty || !known.values.allSatisfy({ [.applied, .unchanged, .skipped].contains($0) }) {
            return false
        }
        return nodes(active: nil).allSatisfy { known[RunState.Key(step: id, node: $0)] != nil }
    }
}
