import Actions
package import Execution
import Planning
import Steps
package import Transport

/// A step as step mode shows it before it is done: what, where, by which command, and how it is taken back.
package struct StepCard {
    /// Longer scripts are shown whole by ``more`` only.
    private static let longest = 16

    private let question: StepQuestion
    private let nodes: [NodeName]
    private let style: Style

    /// - Parameter nodes: the order in which nodes are shown.
    package init(_ question: StepQuestion, nodes: [NodeName], style: Style) {
        self.question = question
        self.nodes = nodes
        self.style = style
    }

    /// The card, without a question.
    package var text: String {
        let action = question.step.action
        var lines = [
            "\n\(style.bold(question.step.id.description))  \(action.summary)",
            "  class  \(action.stepClass.rawValue): \(meaning(action.stepClass))",
            "  undo   \(words(action.undo))",
        ]
        for node in nodes {
            if let why = question.needed[node] {
                lines.append("  \(style.yellow("do")) on  \(node)  \(why.firstLine)")
            } else if question.satisfied.contains(node) {
                lines.append(style.dim("  true   \(node)"))
            }
        }
        for (script, nodes) in scripts {
            lines.append("  runs   on \(nodes.map(\.text).joined(separator: ", ")):")
            let text = script.text.split(separator: "\n", omittingEmptySubsequences: false)
            lines += text.prefix(Self.longest).map { "    $ \($0)".trimmingEnd }
            if text.count > Self.longest { lines.append("    … and \(text.count - Self.longest) lines more: m") }
        }
        if question.scripts.isEmpty { lines.append("  runs   several commands, over a reboot where need be") }
        return lines.joined(separator: "\n")
    }

    /// The whole scripts, the probe, and what it said.
    package var more: String {
        var lines: [String] = []
        for (script, nodes) in scripts {
            lines.append("\nscript on \(nodes.map(\.text).joined(separator: ", ")):")
            lines.append(block(script.text, "  $ "))
            if !script.input.isEmpty { lines.append("  and \(script.input.count) bytes on standard input") }
        }
        for node in nodes where question.observations[node] != nil {
            let observation = question.observations[node]
            lines.append("\nprobe on \(node):")
            lines.append(block(question.step.action.probe(node).text, "  $ "))
            lines.append("  said: exit code \(observation?.code.map { "\($0)" } ?? "unknown")")
            if let note = observation?.note, !note.isEmpty { lines.append(block(note, "  | ")) }
            for (key, value) in (observation?.facts ?? [:]).sorted(by: { $0.key < $1.key }) {
                lines.append(block("\(key) = \(value)", "  | "))
            }
            if let errors = observation?.errors, !errors.isEmpty { lines.append(block(errors, "  | ")) }
        }
        return lines.joined(separator: "\n")
    }

    /// Each script once, with all the nodes that run it.
    private var scripts: [(Script, [NodeName])] {
        var groups: [(Script, [NodeName])] = []
        for node in nodes {
            guard let script = question.scripts[node] else { continue }
            if let index = groups.firstIndex(where: { $0.0 == script }) {
                groups[index].1.append(node)
            } else {
                groups.append((script, [node]))
            }
        }
        return groups
    }

    private func block(_ text: String, _ margin: String) -> String {
        text.split(separator: "\n", omittingEmptySubsequences: false).map { (margin + $0).trimmingEnd }
            .joined(separator: "\n")
    }

    private func meaning(_ stepClass: StepClass) -> String {
        switch stepClass {
        case .pure: "it reads only"
        case .converge: "it may be repeated"
        case .once: "it is done once"
        case .destructive: style.red("it overwrites what cannot come back")
        }
    }

    private func words(_ undo: Undo) -> String {
        switch undo {
        case .exact: "exact: the node is as it was before"
        case .bestEffort(let what): "best effort: \(what)"
        case .impossible(let why): style.red("impossible: \(why)")
        case .nothing: "nothing to take back"
        }
    }
}
