import Reporting
import Synchronization
import Transport

/// A line a node as each ends: `|` with what was copied on standard output, `!` with what went wrong on the other.
final class LiveCopyView: CopyView {
    /// What the last line is made of.
    private struct Next {
        var repeatable: [NodeName] = []
        var advice: String?
    }

    private let nodes: [NodeName]
    private let request: CopyRequest
    private let status: NodeStatusLine?
    private let width: Int
    private let next = Mutex(Next())

    init(_ nodes: [NodeName], _ request: CopyRequest, status: NodeStatusLine?) {
        (self.nodes, self.request, self.status) = (nodes, request, status)
        width = nodes.map(\.text.count).max() ?? 0
    }

    func ended(_ result: CopyResult) {
        let text: String
        if let proved = result.proved {
            let place = request.direction == .up ? result.path : result.file
            let rest = proved.resumed > 0 ? ", \(CopyProgress.amount(proved.resumed)) of it was there" : ""
            text = "\(place): \(CopyProgress.amount(proved.bytes)) in \(result.seconds) s\(rest)"
        } else {
            text = "error: \(result.error ?? result.summary)"
        }
        next.withLock { next in
            if result.isRepeatable {
                next.repeatable.append(result.node)
            } else if next.advice == nil {
                next.advice = result.advice
            }
            show(text, of: result.node, toError: result.ending != .copied)
        }
    }

    func finish(_ tally: NodeTally) {
        status?.clear()
        if !tally.isSuccess || (nodes.count > 1 && Console.errorIsTerminal) { Console.err(tally.text(order: nodes)) }
        let next = next.withLock { $0 }
        let again = Set(next.repeatable)
        if let advice = next.advice {
            Console.err("next:  \(advice)")
        } else if !again.isEmpty {
            Console.err("next:  \(request.line(on: nodes.filter { again.contains($0) }))")
        }
    }

    private func show(_ text: String, of node: NodeName, toError: Bool) {
        let isTerminal = toError ? Console.errorIsTerminal : Console.isTerminal
        let style = Style(hasColor: isTerminal && Console.wantsColor)
        let name = style.tint(node.text.padded(to: width), nodes.firstIndex(of: node) ?? 0)
        let margin = "\(name) \(toError ? style.red("!") : "|") "
        status?.clear()
        for line in text.split(separator: "\n") {
            let line = isTerminal ? String(decoding: HarmlessText.line(line.utf8), as: UTF8.self) : String(line)
            let whole = margin + line
            if toError { Console.err(whole) } else { Console.out(whole) }
        }
    }
}
