import Journaling
import Planning
import Steps
import Transport

extension RunStanding {
    /// Whether it did anything that stands and could be taken back.
    var hasWorkToTakeBack: Bool { hasWorkToTakeBack(except: []) }

    /// The same where some nodes are left out: what waits there since it was left out before does not count.
    func hasWorkToTakeBack(except absent: Set<NodeName>) -> Bool {
        let steps = plan?.stages.flatMap(\.steps) ?? []
        let undo = Dictionary(steps.map { ($0.id, $0.undo) }) { first, _ in first }
        return state.touched.contains { key in
            if absent.contains(key.node), state.leftOut.contains(key.node) { return false }
            return switch undo[key.step] {
            case .exact, .bestEffort, nil: true
            case .impossible, .nothing: false
            }
        }
    }
}
