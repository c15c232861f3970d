import Steps
import Transport

extension [NodeName: Observation] {
    /// The nodes whose own probe failed or refused, or was not asked; nil where every peer answered.
    ///
    /// A step of the whole fleet judges answers together, so one missing answer ends it.
    func obstacles(among peers: [Peer]) -> [NodeName: Verdict]? {
        var result = mapValues(\.verdict).filter { $0.value.isObstacle }
        for peer in peers where self[peer.name] == nil {
            result[peer.name] = .failed("there is no answer from \(peer.name)")
        }
        return result.isEmpty ? nil : result
    }
}

extension [Peer] {
    /// The same verdict for every node: a step of the whole fleet is done everywhere or nowhere.
    func all(_ verdict: Verdict) -> [NodeName: Verdict] {
        Dictionary(map { ($0.name, verdict) }) { first, _ in first }
    }

    var names: [NodeName] { map(\.name) }
}

extension Sequence<NodeName> {
    /// For messages: `nodo1, nodo2`.
    var listed: String { map(\.text).joined(separator: ", ") }
}
