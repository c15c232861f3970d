import Journaling

extension RunState {
    /// Where the run stands in a few words, for the line that a resume begins with.
    var summary: String {
        var words = [checkpoints.last.map { "its last checkpoint is \($0)" } ?? "no checkpoint was reached"]
        if let stage, stage != checkpoints.last { words.append("it stopped in stage \(stage)") }
        if rollback != nil { words.append("in the middle of taking it back") }
        if !unproved.isEmpty { words.append("steps without a proved end: \(unproved.count)") }
        return words.joined(separator: ", ")
    }
}
