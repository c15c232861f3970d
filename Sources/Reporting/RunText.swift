package import Journaling
import Planning
import Transport

/// Where a run stands, in a few lines below its events.
package struct RunText {
    private let id: RunID
    private let events: [Event]
    private let state: RunState

    package init(_ id: RunID, _ events: [Event]) {
        self.id = id
        self.events = events
        state = RunState(events)
    }

    /// One line a fact; nothing that is not there is mentioned.
    package var text: String {
        let start = events.first { $0.event == .start }
        var lines = [
            "run \(id): \(start?.plan?.runbook ?? "?") on \(start?.plan?.subject ?? "?"), \(start?.inventory ?? "?")",
            "  result       \(state.result?.rawValue ?? "no end")\(state.resumes > 0 ? ", after \(state.resumes) resumes" : "")",
        ]
        if !state.checkpoints.isEmpty {
            lines.append("  checkpoints  \(unique(state.checkpoints).joined(separator: ", "))")
        }
        lines.append(
            "  steps        \(state.count(.applied, .kept)) changed, \(state.count(.unchanged)) already true, "
                + "\(state.count(.undone)) taken back, \(state.count(.skipped)) skipped")
        lines += list("skipped", state.progress.filter { $0.value == .skipped }.keys)
        lines += list("put off", state.progress.filter { $0.value == .deferred }.keys)
        lines += list("unproved", state.unproved + state.open)
        lines += list("kept", state.progress.filter { $0.value == .kept }.keys)
        lines += list("not undone", state.progress.filter { $0.value == .undoFailed }.keys)
        for (key, reason) in state.skippedUndos.sorted(by: {
            "\($0.key.step) \($0.key.node)" < "\($1.key.step) \($1.key.node)"
        }) {
            lines.append("  undo skipped \(key.step) on \(key.node): \(reason)")
        }
        lines += state.leftOut.sorted().map { "  left out     \($0), \(pending(on: $0))" }
        let drifts = events.filter { $0.event == .drift }.compactMap { event in
            event.step.map { "\($0) on \(event.node?.text ?? "")" }
        }
        if !drifts.isEmpty { lines.append("  drift        \(unique(drifts).joined(separator: ", "))") }
        return lines.joined(separator: "\n")
    }

    /// What waits for a node that was left out.
    private func pending(on node: NodeName) -> String {
        let count = state.touched.count { $0.node == node }
        return count == 0
            ? "where nothing was done that stands"
            : "where \(count == 1 ? "1 step of this run still stands" : "\(count) steps of this run still stand")"
    }

    private func list(_ title: String, _ keys: some Sequence<RunState.Key>) -> [String] {
        let places = unique(keys.map { "\($0.step) on \($0.node)" }.sorted())
        return places.isEmpty ? [] : ["  \(title.padded(to: 12)) \(places.joined(separator: ", "))"]
    }

    private func unique(_ texts: [String]) -> [String] {
        var seen: Set<String> = []
        return texts.filter { seen.insert($0).inserted }
    }
}
