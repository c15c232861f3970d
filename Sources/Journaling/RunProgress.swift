/// How far each step came on each node, to be read like a dictionary.
package struct RunProgress: Sequence, Sendable {
    private let ledger: RunLedger

    init(_ ledger: RunLedger) { self.ledger = ledger }

    /// How far a step came on a node; nil where nothing is known of it.
    package subscript(key: RunState.Key) -> RunState.Progress? { ledger[key].progress }

    /// The pairs for which this holds.
    package func filter(
        _ isIncluded: ((key: RunState.Key, value: RunState.Progress)) throws -> Bool
    ) rethrows -> [RunState.Key: RunState.Progress] {
        var found: [RunState.Key: RunState.Progress] = [:]
        for pair in self where try isIncluded(pair) { found[pair.key] = pair.value }
        return found
    }

    package func makeIterator() -> AnyIterator<(key: RunState.Key, value: RunState.Progress)> {
        var pairs = ledger.all.makeIterator()
        return AnyIterator {
            while let (key, cell) = pairs.next() {
                if let progress = cell.progress { return (key, progress) }
            }
            return nil
        }
    }
}
