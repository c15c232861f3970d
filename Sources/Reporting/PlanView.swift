package import Actions
package import Planning
package import Transport

/// One stage of a plan as the nodes see it now.
package struct PlanView {
    private let stage: PlannedStage
    private let rows: [(step: PlannedStep, verdicts: [NodeName: Verdict])]
    private let isFirst: Bool

    /// - Parameter isFirst: whether no earlier stage could change what these probes saw.
    package init(
        _ stage: PlannedStage, rows: [(step: PlannedStep, verdicts: [NodeName: Verdict])], isFirst: Bool
    ) {
        self.stage = stage
        self.rows = rows
        self.isFirst = isFirst
    }

    /// A table: step, node, what is and what will be, and how it is undone.
    package var text: String {
        var lines = ["\(stage.name)  \(stage.summary)"]
        var cells: [[String]] = []
        for row in rows {
            for (node, verdict) in row.verdicts.sorted(by: { $0.key < $1.key }) {
                cells.append(["  " + row.step.id.step, node.text, words(verdict), undo(row.step.action.undo)])
            }
        }
        lines.append(TextTable([], cells).text)
        return lines.joined(separator: "\n") + "\n"
    }

    private struct Line: Encodable {
        var stage: String
        var step: String
        var node: String
        var verdict: String
        var reason: String
        var action: String
        var summary: String
        var undo: Undo
    }

    /// One JSON object a step and node.
    package var json: String {
        rows.flatMap { row in
            row.verdicts.sorted { $0.key < $1.key }.map { node, verdict in
                JSONText.line(
                    Line(
                        stage: stage.name, step: row.step.id.step, node: node.text, verdict: verdict.word,
                        reason: verdict.reason, action: row.step.kind, summary: row.step.action.summary,
                        undo: row.step.action.undo))
            }
        }.joined(separator: "\n")
    }

    private func words(_ verdict: Verdict) -> String {
        switch verdict {
        case .satisfied: "ok"
        case .needed(let why): "will do: \(why.firstLine)"
        case .refused(let why): "REFUSED: \(why.firstLine)"
        case .failed(let why): isFirst ? "FAILED: \(why.firstLine)" : "depends on an earlier step"
        }
    }

    private func undo(_ undo: Undo) -> String {
        switch undo {
        case .exact: "undo: exact"
        case .bestEffort: "undo: best effort"
        case .impossible: "no undo"
        case .nothing: ""
        }
    }
}

extension Verdict {
    /// The verdict's name in JSON.
    var word: String {
        switch self {
        case .satisfied: "satisfied"
        case .needed: "needed"
        case .refused: "refused"
        case .failed: "failed"
        }
    }

    /// Whether a guard forbids to go on.
    package var isRefusal: Bool { if case .refused = self { true } else { false } }
    /// Whether the probe itself could not tell.
    package var isFailure: Bool { if case .failed = self { true } else { false } }
}

extension String {
    /// The text up to its first line end.
    var firstLine: String { split(whereSeparator: \.isNewline).first.map(String.init) ?? "" }
}
