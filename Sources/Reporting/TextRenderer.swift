package import Journaling
import Planning
import Synchronization
package import Transport

/// Events as lines for people, and what is going on right now: on a terminal as a last line that is renewed every second, elsewhere
/// as a line after each minute without another.
///
/// A step is one line for all nodes that came to the same end at about the same time; a converged
/// stage is one line altogether.
package final class TextRenderer: EventRenderer {
    private struct State {
        /// Nodes per step that were true already, not shown yet.
        var unchanged = 0
        var isStatusShown = false
        var stage = ""
        var running = RunningSteps()
        /// When something was written last.
        var written = ContinuousClock.now
        /// Renews the status; nil where somebody else writes now, perhaps a question.
        var ticker: Task<Void, Never>?
    }

    private let style: Style
    private let hasStatusLine: Bool
    private let nodes: [NodeName]
    private let clock: @Sendable () -> ContinuousClock.Instant
    private let write: @Sendable (String) -> Void
    private let state = Mutex(State())

    /// - Parameters:
    ///   - nodes: all nodes, for the width of their column.
    ///   - clock: the time by which steps are said to have been under way.
    ///   - write: writes text as it is, without a newline.
    package init(
        nodes: [NodeName], hasColor: Bool, hasStatusLine: Bool,
        clock: @escaping @Sendable () -> ContinuousClock.Instant = { .now }, write: @escaping @Sendable (String) -> Void
    ) {
        self.nodes = nodes
        self.clock = clock
        style = Style(hasColor: hasColor)
        self.hasStatusLine = hasStatusLine
        self.write = write
    }

    package func show(_ event: Event) {
        state.withLock { state in
            let now = clock()
            state.running.note(event, at: now)
            startTicking(&state)
            guard event.event != .progress else { return showStatus(&state, now) }
            guard let text = text(of: event, &state) else { return }
            clearStatus(&state)
            write(text + "\n")
            state.written = now
        }
    }

    package func finish() {
        state.withLock { state in
            clearStatus(&state)
            state.ticker?.cancel()
            state.ticker = nil
        }
    }

    /// Renews what is said about the steps under way; called every second by itself.
    package func tick() {
        state.withLock { state in
            if state.ticker != nil { showStatus(&state, clock()) }
        }
    }

    private func startTicking(_ state: inout State) {
        guard state.ticker == nil else { return }
        state.ticker = Task { [weak self] in
            while (try? await Task.sleep(for: .seconds(1))) != nil { self?.tick() }
        }
    }

    private func showStatus(_ state: inout State, _ now: ContinuousClock.Instant) {
        guard let line = state.running.line(at: now) else { return }
        if hasStatusLine {
            write("\r\u{1B}[K" + style.dim(String(line.prefix(100))))
            state.isStatusShown = true
        } else if now - state.written >= .seconds(60) {
            write("    \(line.prefix(100))\n")
            state.written = now
        }
    }

    private func clearStatus(_ state: inout State) {
        if state.isStatusShown { write("\r\u{1B}[K") }
        state.isStatusShown = false
    }

    private func text(of event: Event, _ state: inout State) -> String? {
        switch event.event {
        case .start:
            let plan = event.plan
            let names = nodes.map(\.text).joined(separator: ", ")
            return style.bold("run \(event.run): \(plan?.runbook ?? "") on \(plan?.subject ?? "") (\(names))")
        case .stage:
            state.unchanged = 0
            state.stage = event.stage ?? ""
            return "\n\(style.bold(state.stage))  \(style.dim(event.message ?? ""))"
        case .unchanged:
            state.unchanged += 1
            return nil
        case .intent: return line(style.yellow("…"), event)
        case .applied: return line(style.green("+"), event, withMessage: false)
        case .refused: return line(style.red("refused"), event)
        case .failed: return line(style.red("failed"), event)
        case .unknown: return line(style.red("unknown"), event)
        case .undo: return line(style.yellow("undo"), event)
        case .undone: return line(style.green("undone"), event)
        case .undoFailed: return line(style.red("undo failed"), event)
        case .undoSkipped: return line(style.yellow("not undone"), event)
        case .absent: return "  \(style.yellow("left out")) \(event.node?.text ?? "")  \(event.message ?? "")"
        case .kept: return line(style.yellow("kept"), event)
        case .skipped: return line(style.yellow("skipped"), event)
        case .deferred: return line(style.yellow("put off"), event)
        case .drift: return line(style.yellow("drift"), event)
        case .resume: return style.bold("run \(event.run) goes on: \(event.message ?? "")")
        case .rollback: return "\n" + style.bold(event.message ?? "rollback")
        case .checkpoint:
            let already = state.unchanged > 0 ? ", \(state.unchanged) already true" : ""
            return "  \(style.green("checkpoint")) \(event.stage ?? "")\(already), \(Self.seconds(event.seconds))"
        case .end: return end(event)
        case .progress: return nil
        }
    }

    private func line(_ mark: String, _ event: Event, withMessage: Bool = true) -> String {
        let width = nodes.map(\.text.count).max() ?? 0
        var text = "  \(mark) \((event.step?.step ?? "").padded(to: 13)) \((event.node?.text ?? "").padded(to: width))"
        if withMessage, var message = event.message {
            // The rest of a long reason is in `harun show`; an error is never cut.
            if event.event == .intent, message.count > 160 { message = message.prefix(157) + "..." }
            text += "  " + message.split(separator: "\n").joined(separator: "\n" + String(repeating: " ", count: 8))
        }
        if event.event == .applied {
            let figures = (event.facts ?? [:]).filter { $0.key.hasSuffix("_seconds") }.sorted { $0.key < $1.key }
            if !figures.isEmpty { text += "  " + figures.map { "\($0.key) \($0.value)" }.joined(separator: ", ") }
        }
        if let seconds = event.seconds, seconds >= 0.05 { text += style.dim("  \(Self.seconds(seconds))") }
        return text.trimmingEnd
    }

    private func end(_ event: Event) -> String {
        let changed = event.changed ?? 0
        let skipped = event.skipped.flatMap { $0 > 0 ? ", \($0) skipped" : nil } ?? ""
        let deferred = event.deferred.flatMap { $0 > 0 ? ", \($0) put off" : nil } ?? ""
        let counts =
            "\(changed) changed, \(event.unchanged ?? 0) already true, \(event.failed ?? 0) failed\(skipped)\(deferred)"
        let outage = event.outageSeconds.map { ", outage \(Self.seconds($0))" } ?? ""
        let result = event.result ?? .unknown
        let word = result == .done ? style.green("done") : style.red(result.rawValue)
        let nothing = result == .done && changed == 0 ? "; the nodes were as the inventory wants them" : ""
        return "\n\(word): \(counts)\(outage) in \(Self.seconds(event.seconds))\(nothing)"
    }

    /// Seconds as people read them: `0.4 s`, `12 s`, `3 min 5 s`.
    package static func seconds(_ seconds: Double?) -> String {
        guard let seconds else { return "" }
        let tenths = (seconds * 10).rounded() / 10
        if tenths < 10 { return "\(tenths) s" }
        let whole = Int(seconds.rounded())
        return whole < 100 ? "\(whole) s" : "\(whole / 60) min \(whole % 60) s"
    }
}
