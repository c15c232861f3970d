import Foundation
import Reporting
import Synchronization
import Transport

/// `--group`: equal results once, with the nodes that gave them; most nodes first.
///
/// Only different results are kept, so a thousand equal answers take the room of one.
final class GroupedExecView: ExecView {
    private struct Answer: Hashable {
        var summary: String
        var stdout: [UInt8]
        var stderr: [UInt8]
    }

    /// The nodes of one answer, and the error of the first of them: errors name addresses, so each is another.
    private struct Group {
        var names: [NodeName] = []
        var error: String?
    }

    private let nodes: [NodeName]
    private let status: NodeStatusLine?
    private let answers = Mutex<[Answer: Group]>([:])

    init(_ nodes: [NodeName], status: NodeStatusLine?) {
        self.nodes = nodes
        self.status = status
    }

    var needsOutput: Bool { true }

    func took(_ chunk: OutputChunk, from node: NodeName) {}

    func ended(_ result: ExecResult) {
        let answer = Answer(summary: result.summary, stdout: result.stdout, stderr: result.stderr)
        answers.withLock { answers in
            if answers[answer] == nil { answers[answer] = Group(error: result.error) }
            answers[answer]?.names.append(result.node)
        }
    }

    func finish(_ tally: NodeTally) {
        status?.clear()
        let place = Dictionary(nodes.enumerated().map { ($1, $0) }) { first, _ in first }
        let groups = answers.withLock { $0 }.map { answer, group in
            let names = group.names.sorted { place[$0, default: 0] < place[$1, default: 0] }
            return (answer: answer, names: names, error: group.error, place: names.first.flatMap { place[$0] } ?? 0)
        }
        let sorted = groups.sorted { a, b in
            a.names.count != b.names.count ? a.names.count > b.names.count : a.place < b.place
        }
        let style = Style(hasColor: Console.hasColor)
        for (index, group) in sorted.enumerated() {
            let (answer, names) = (group.answer, group.names)
            if index > 0 { Console.out("") }
            let count = names.count == 1 ? "" : " (\(names.count) nodes)"
            let title = "\(NodeRanges.text(names))\(count): \(answer.summary)"
            Console.out(style.bold(answer.summary == "exit code 0" ? title : style.red(title)))
            if let error = group.error { Console.out("  error: \(error)") }
            show(answer.stdout, "  ")
            if !answer.stderr.isEmpty {
                Console.out("  standard error:")
                show(answer.stderr, "    ")
            }
        }
        if sorted.count > 1 || !tally.isSuccess { Console.err(tally.text(order: nodes)) }
        if let advice = tally.advice { Console.err("next:  \(advice)") }
    }

    private func show(_ bytes: [UInt8], _ margin: String) {
        var lines = String(decoding: bytes, as: UTF8.self).split(omittingEmptySubsequences: false) { $0.isNewline }
        if lines.last == "" { lines.removeLast() }
        for line in lines {
            let text = Console.isTerminal ? String(decoding: HarmlessText.line(line.utf8), as: UTF8.self) : String(line)
            Console.out((margin + text).trimmingEnd)
        }
    }
}
