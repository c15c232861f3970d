import Actions
import Journaling
import Planning

extension RunStanding {
    /// Whether it did anything that stands and could be taken back.
    var hasWorkToTakeBack: Bool {
        let steps = plan?.stages.flatMap(\.steps) ?? []
        let undo = Dictionary(steps.map { ($0.id, $0.undo) }) { first, _ in first }
        return state.touched.contains { key in
            switch undo[key.step] {
            case .exact, .bestEffort, nil: true
            case .impossible, .nothing: false
            }
        }
    }
}
