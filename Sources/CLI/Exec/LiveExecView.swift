import Foundation
import Reporting
import Synchronization
import Transport

/// Whole lines as they come, each with its node's name in front: `|` for standard output, `!` for the rest.
final class LiveExecView: ExecView {
    /// A line that is longer is cut, so that a node without line breaks fills no memory.
    private static let longestLine = 1 << 16

    private struct Source: Hashable {
        var node: NodeName
        var stream: OutputChunk.Stream
    }

    private let nodes: [NodeName]
    private let margins: [NodeName: String]
    private let tints: [NodeName: Int]
    private let status: NodeStatusLine?
    private let unfinished = Mutex<[Source: [UInt8]]>([:])

    /// - Parameter status: the line about outstanding nodes, which must not stand between others.
    init(_ nodes: [NodeName], status: NodeStatusLine?) {
        self.nodes = nodes
        self.status = status
        let width = nodes.map(\.text.count).max() ?? 0
        margins = Dictionary(nodes.map { ($0, $0.text.padded(to: width)) }) { first, _ in first }
        tints = Dictionary(nodes.enumerated().map { ($1, $0) }) { first, _ in first }
    }

    var needsOutput: Bool { false }

    func took(_ chunk: OutputChunk, from node: NodeName) {
        let source = Source(node: node, stream: chunk.stream)
        unfinished.withLock { unfinished in
            var bytes = unfinished.removeValue(forKey: source) ?? []
            bytes.append(contentsOf: chunk.bytes)
            let lines = bytes.lastIndex(of: UInt8(ascii: "\n")).map { $0 + 1 } ?? 0
            let end = bytes.count - lines > Self.longestLine ? bytes.count : lines
            if end > 0 { show(bytes[..<end], of: source) }
            if end < bytes.count { unfinished[source] = Array(bytes[end...]) }
        }
    }

    func ended(_ result: ExecResult) {
        unfinished.withLock { unfinished in
            for stream in [OutputChunk.Stream.stdout, .stderr] {
                let source = Source(node: result.node, stream: stream)
                if let rest = unfinished.removeValue(forKey: source) { show(rest[...], of: source) }
            }
            // What a login shell said instead of beginning the command comes with the result alone.
            let errors = Source(node: result.node, stream: .stderr)
            if !result.stderr.isEmpty { show(result.stderr[...], of: errors) }
            if let error = result.error {
                show(Array("error: \(error)".utf8)[...], of: errors)
            } else if !result.isSuccess {
                show(Array(result.summary.utf8)[...], of: errors)
            }
        }
    }

    func finish(_ tally: NodeTally) {
        status?.clear()
        if !tally.isSuccess || (nodes.count > 1 && Console.errorIsTerminal) {
            Console.err(tally.text(order: nodes))
        }
        if let advice = tally.advice { Console.err("next:  \(advice)") }
    }

    private func show(_ lines: ArraySlice<UInt8>, of source: Source) {
        let toError = source.stream == .stderr
        let isTerminal = toError ? Console.errorIsTerminal : Console.isTerminal
        let style = Style(hasColor: isTerminal && Console.wantsColor)
        let name = style.tint(margins[source.node] ?? source.node.text, tints[source.node] ?? 0)
        let margin = Array("\(name) \(toError ? style.red("!") : "|") ".utf8)
        var text: [UInt8] = []
        for line in lines.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).dropLast(
            lines.last == UInt8(ascii: "\n") ? 1 : 0)
        {
            text += margin
            text += isTerminal ? HarmlessText.line(line) : Array(line)
            text.append(UInt8(ascii: "\n"))
        }
        status?.clear()
        Console.write(text, toError: toError)
    }
}
