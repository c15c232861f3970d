import Foundation
package import Planning
import Transport

/// A run as somebody has to know it who begins another one beside it, goes on with it or takes it back.
package struct RunStanding: Sendable {
    package let record: RunRecord
    package let state: RunState
    /// Nil where a harun began it that did not keep it.
    package let plan: PlanSummary?
    package let source: PlanSource?

    package init(record: RunRecord, state: RunState, plan: PlanSummary?, source: PlanSource?) {
        self.record = record
        self.state = state
        self.plan = plan
        self.source = source
    }

    /// Whether the run has no proved end: killed, stopped, left for a look, or in the middle of a rollback.
    ///
    /// The result alone does not tell: a process that went on with a killed run and reached no node writes that it
    /// failed, and what the killed one began is as open as before.
    package var isUnfinished: Bool {
        switch record.result {
        case nil, .interrupted, .unknown: true
        case .done, .superseded: false
        case .failed, .rolledBack, .refused: state.isOpen
        }
    }

    /// Whether going on with it may bring it to a better end.
    ///
    /// What was taken back on purpose stays so; only the rest of that rollback is left to do.
    package var isResumable: Bool {
        if record.result == .done || record.result == .superseded { return false }
        return !state.isTakenBack || state.rollback != nil
    }

    /// Whether somebody is likely to wait for it: it left work behind, and was not taken back since.
    package var isPressing: Bool { state.isOpen || !state.touched.isEmpty && record.result != .rolledBack }

    /// Whether both are the same runbook on the same nodes, each at the same address, whatever the files say by now.
    package func isSameWork(as other: RunStanding) -> Bool {
        guard let plan, let others = other.plan, isSameRunbook(as: other) else { return false }
        return plan.addresses == others.addresses
    }

    /// Whether both are the same runbook, by its name and its file, or its text.
    package func isSameRunbook(as other: RunStanding) -> Bool {
        guard let source, let others = other.source, record.runbook == other.record.runbook else { return false }
        return source.runbookText == others.runbookText || Self.file(source.runbook) == Self.file(others.runbook)
    }

    /// Whether both have a node of one name.
    package func sharesNodes(with other: RunStanding) -> Bool {
        guard let plan, let others = other.plan else { return true }
        return !plan.nodeNames.isDisjoint(with: others.nodeNames)
    }

    /// Whether an earlier run is closed by this one: the same work, really begun, with a look at everything that the
    /// earlier one left without a proved end.
    ///
    /// A run that was refused at once, or reached no node, closes nothing. A step counts as looked at where this run
    /// proved the step of the same name and kind on the same node.
    package func supersedes(_ earlier: RunStanding) -> Bool {
        guard isSameWork(as: earlier), state.hasBegun, earlier.state.rollback == nil, earlier.state.units.isEmpty
        else { return false }
        return unlooked(of: earlier).isEmpty
    }

    /// What an earlier run left without a proved end, and this one has not proved.
    package func unlooked(of earlier: RunStanding) -> [RunState.Key] {
        let open = earlier.state.undecided
        if open.isEmpty { return [] }
        let (before, now) = (Self.kinds(earlier.plan), Self.kinds(plan))
        return open.filter { key in
            let isProved = [.applied, .unchanged].contains(state.progress[key])
            return !isProved || before[key.step] == nil || before[key.step] != now[key.step]
        }
    }

    private static func kinds(_ plan: PlanSummary?) -> [StepID: String] {
        let steps = plan?.stages.flatMap(\.steps) ?? []
        return Dictionary(steps.map { ($0.id, $0.action) }) { first, _ in first }
    }

    private static func file(_ path: String) -> String { URL(fileURLWithPath: path).resolvingSymlinksInPath().path }
}
