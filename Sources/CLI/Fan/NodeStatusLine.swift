import Foundation
import Reporting
import Synchronization
import Transport

/// The last line of a terminal while nodes are outstanding: how many, which, for how long, and how far they are.
final class NodeStatusLine: Sendable {
    private struct State {
        var outstanding: [NodeName]
        var isShown = false
    }

    private let total: Int
    private let news: @Sendable () -> String?
    private let began = ContinuousClock.now
    private let state: Mutex<State>

    /// - Parameter news: what else there is to say of all nodes together.
    init(_ nodes: [NodeName], news: @escaping @Sendable () -> String? = { nil }) {
        total = nodes.count
        self.news = news
        state = Mutex(State(outstanding: nodes))
    }

    /// A node is done.
    func ended(_ node: NodeName) {
        state.withLock { $0.outstanding.removeAll { $0 == node } }
    }

    /// Shows the line anew, once a second, until the task is cancelled.
    func keepShowing() async {
        try? await Task.sleep(for: .seconds(2))
        while !Task.isCancelled {
            show()
            try? await Task.sleep(for: .seconds(1))
        }
    }

    /// Takes the line away, for others to be printed.
    func clear() {
        state.withLock { state in
            if state.isShown { Console.raw("\r\u{1B}[K", toError: true) }
            state.isShown = false
        }
    }

    private func show() {
        state.withLock { state in
            guard !state.outstanding.isEmpty else { return }
            let seconds = (ContinuousClock.now - began).components.seconds
            let news = news().map { ", \($0)" } ?? ""
            let text =
                "waiting for \(state.outstanding.count) of \(total) nodes, \(seconds) s\(news): "
                + NodeRanges.text(state.outstanding)
            let room = max(20, Console.columns - 1)
            let line = text.count <= room ? text : text.prefix(room - 1) + "…"
            Console.raw("\r\u{1B}[K\(line)", toError: true)
            state.isShown = true
        }
    }
}
