package import Journaling
package import Planning
import Steps
package import Transport

/// What a rollback will do, known before anything of it is done: the reverse of what happened.
package struct RollbackPlan: Sendable {
    /// One step to take back on one node.
    package struct Item: Sendable {
        package var step: PlannedStep
        package var node: NodeName
        /// Its place among all that stands, the oldest first.
        package var order: Int
        /// Whether an undo was begun before whose end nobody wrote down.
        package var isOpen: Bool
        /// Whether nobody has proved that it was done before its undo began.
        var isHalfDone: Bool
        /// The journaled hashes of what it is taken back with.
        var preImages: [String: String]

        /// Why it stays, nil where it is taken back.
        package var keptBecause: String? { if case .impossible(let why) = step.action.undo { why } else { nil } }

        /// Whether there is anything to say or do: some steps change nothing, and some work on one node only.
        var hasWork: Bool {
            if step.action.undo == .nothing { return false }
            return keptBecause != nil || step.action.undo(node) != nil
        }
    }

    /// What happens at once: each lane is one node's items, in their order.
    package typealias Wave = [[Item]]

    /// One after the other.
    package private(set) var waves: [Wave] = []

    /// Plans to take back whatever stands of these stages.
    ///
    /// Nodes are independent of each other where their steps are; a step of the whole fleet is a barrier
    /// here too, and a rolling one goes from node to node.
    ///
    /// - Parameters:
    ///   - stages: in the plan's order.
    ///   - skipped: what a person decided not to take back.
    ///   - absent: nodes that are left out.
    package init(
        _ stages: some BidirectionalCollection<PlannedStage>, _ state: RunState,
        skipping skipped: Set<RunState.Key> = [],
        without absent: Set<NodeName> = []
    ) {
        var standing: [StepID: [(RunState.Key, Int)]] = [:]
        for (order, key) in state.touched.enumerated() where !skipped.contains(key) && !absent.contains(key.node) {
            standing[key.step, default: []].append((key, order))
        }
        for stage in stages.reversed() {
            var lanes: [NodeName: [Item]] = [:]
            for step in stage.steps.reversed() {
                let items = (standing[step.id] ?? []).reversed().map { key, order in
                    Item(
                        step: step, node: key.node, order: order, isOpen: state.progress[key] == .undoing,
                        isHalfDone: state.isHalfDone(key),
                        preImages: state.preImages[key] ?? [:])
                }.filter(\.hasWork)
                if step.isIndependent {
                    for item in items { lanes[item.node, default: []].append(item) }
                } else if !items.isEmpty {
                    add(lanes)
                    lanes = [:]
                    waves += step.isRolling ? items.map { [[$0]] } : [items.map { [$0] }]
                }
            }
            add(lanes)
        }
    }

    private mutating func add(_ lanes: [NodeName: [Item]]) {
        guard !lanes.isEmpty else { return }
        waves.append(lanes.sorted { $0.key < $1.key }.map { $0.value.sorted { $0.order > $1.order } })
    }

    /// Everything in it, each node's items in the order in which they are done.
    package var items: [Item] { waves.flatMap { $0.flatMap { $0 } } }
    package var isEmpty: Bool { waves.isEmpty }
}

extension Plan {
    /// The stages that a rollback to a checkpoint takes back.
    ///
    /// - Parameter checkpoint: a stage's name; nil for the start of the run.
    package func stages(behind checkpoint: String?) -> ArraySlice<PlannedStage> {
        guard let checkpoint, let index = stages.firstIndex(where: { $0.name == checkpoint }) else {
            return stages[...]
        }
        return stages[(index + 1)...]
    }

    /// The checkpoint before a stage; nil for the start of the run.
    package func checkpoint(before stage: String) -> String? {
        guard let index = stages.firstIndex(where: { $0.name == stage }), index > 0 else { return nil }
        return stages[index - 1].name
    }
}

extension PlannedStep {
    /// Whether each node does it at its own pace.
    fileprivate var isIndependent: Bool { action.scope == .node && !isRolling && target != .active }
}
