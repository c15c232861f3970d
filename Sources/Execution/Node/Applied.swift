import Steps
import Transport

/// What a step's script and the probe right behind it left.
struct Applied: Sendable {
    /// What became of a long command that has no exit status.
    enum Fate: Sendable, Hashable {
        /// It began, and nobody knows how it ended.
        case lost(String)
        /// Its time was over: it was ended after so many seconds, and nothing of it runs any more.
        case late(String)
        /// It is proved not to have begun, and never will.
        case never(String)
    }

    var outcome: Outcome
    /// The verification; nil where the script did not succeed.
    var observation: Observation?
    var output: String
    var fate: Fate?
    /// Whether the step's own script ran to its end, whatever came of it.
    var hasEnded = false
    /// The hashes of what the script kept before it changed anything, by name.
    var preImages: [String: String] = [:]
}

extension Applied {
    /// Whether a guard forbade it, the script's own or the lease's; a guard says why, a mere exit code is none.
    var isRefusal: Bool { outcome == .exited(ScriptPrelude.refused) && note != nil || isLeaseLost }

    /// Whether somebody else holds the node's lease by now, so that nothing was done.
    var isLeaseLost: Bool { outcome == .exited(LeaseScript.lost) && !hasEnded }

    /// What the guard said.
    var note: String? {
        output.split(whereSeparator: \.isNewline).last { $0.hasPrefix("note ") }.map { String($0.dropFirst(5)) }
    }
}
