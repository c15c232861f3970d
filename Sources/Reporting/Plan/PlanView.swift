package import Planning
package import Steps
import Transport

/// One stage of a plan as the nodes see it now.
package struct PlanView {
    private let stage: PlannedStage
    private let rows: [PlanRow]

    package init(_ stage: PlannedStage, rows: [PlanRow]) {
        self.stage = stage
        self.rows = rows
    }

    /// A table: step, node, what is and what will be, and how it is undone.
    package var text: String {
        var lines = ["\(stage.name)  \(stage.summary)"]
        var cells: [[String]] = []
        for row in rows {
            for (node, verdict) in row.verdicts.sorted(by: { $0.key < $1.key }) {
                let lines = words(verdict, depends: row.depends(node), row.outage, row.remarks[node])
                cells.append(["  " + row.step.id.step, node.text, lines.first ?? "", undo(row.step.action.undo)])
                cells += lines.dropFirst().map { ["", "", $0] }
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
        var outage: String?
        var remark: String?
    }

    /// One JSON object a step and node.
    package var json: String {
        rows.flatMap { row in
            row.verdicts.sorted { $0.key < $1.key }.map { node, verdict in
                JSONText.line(
                    Line(
                        stage: stage.name, step: row.step.id.step, node: node.text,
                        verdict: row.depends(node) ? "depends" : verdict.word,
                        reason: verdict.reason, action: row.step.kind, summary: row.step.action.summary,
                        undo: row.step.action.undo, outage: verdict.isNeed ? row.outage?.what : nil,
                        remark: row.remarks[node]))
            }
        }.joined(separator: "\n")
    }

    /// One line, or one for each problem that stands in the way.
    private func words(_ verdict: Verdict, depends: Bool, _ outage: Outage?, _ remark: String?) -> [String] {
        switch verdict {
        case .satisfied where depends:
            ["proved for the configuration as it is, which an earlier step changes: put off without --outage"]
        case .satisfied: ["ok" + (remark.map { ", but \($0)" } ?? "")]
        case .needed(let why):
            if let outage {
                [
                    "\(outage.isForProof ? "put off without --outage" : "needs --outage"): \(why.firstLine)",
                    "  with it: \(outage.what)",
                ]
            } else {
                ["will do: \(why.firstLine)"]
            }
        case .refused(let why) where depends, .failed(let why) where depends:
            ["depends on an earlier step (\(why.firstLine))"]
        case .refused(let why): list("REFUSED: ", why)
        case .failed(let why): list("FAILED: ", why)
        }
    }

    private func list(_ word: String, _ why: String) -> [String] {
        let lines = why.split(whereSeparator: \.isNewline)
        let indent = String(repeating: " ", count: word.count)
        return ["\(word)\(lines.first ?? "")"] + lines.dropFirst().map { indent + $0 }
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

    /// Whether there is something to do.
    package var isNeed: Bool { if case .needed = self { true } else { false } }
    /// Whether a guard forbids to go on.
    package var isRefusal: Bool { if case .refused = self { true } else { false } }
    /// Whether the probe itself could not tell.
    package var isFailure: Bool { if case .failed = self { true } else { false } }
}

extension String {
    /// The text up to its first line end.
    var firstLine: String { split(whereSeparator: \.isNewline).first.map(String.init) ?? "" }
}
