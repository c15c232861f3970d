/// `--output json`: one object a node, as each ends.
final class JSONCopyView: CopyView {
    private let lines = JSONLines()

    func ended(_ result: CopyResult) { lines.print(result) }

    func finish(_ tally: NodeTally) {}
}
