import Reporting
import Transport

/// Counts how the work on many nodes ended: for the last line and the exit code.
struct NodeTally: Sendable {
    private var kinds: [String] = []
    private var goodKinds: Set<String> = []
    private var nodes: [String: [NodeName]] = [:]
    private var unproved = false
    private var failed = false
    /// What to do about the first node that needs it.
    private(set) var advice: String?

    /// How many nodes were counted.
    private(set) var count = 0

    /// Whether it is proved to have ended well everywhere.
    var isSuccess: Bool { !failed }

    /// 3 where an end is not proved, 1 where it ended badly or did not begin, else 0.
    var exitCode: Int32 { unproved ? 3 : failed ? 1 : 0 }

    /// Counts a node.
    mutating func add(_ ending: NodeEnding) {
        count += 1
        if nodes[ending.summary] == nil { kinds.append(ending.summary) }
        nodes[ending.summary, default: []].append(ending.node)
        if ending.isSuccess { goodKinds.insert(ending.summary) } else { failed = true }
        if !ending.isProved { unproved = true }
        if advice == nil { advice = ending.advice }
    }

    /// One line: how many nodes ended in which way, those that failed by name.
    ///
    /// - Parameter order: the nodes in the inventory's order.
    func text(order: [NodeName]) -> String {
        let place = Dictionary(order.enumerated().map { ($1, $0) }) { first, _ in first }
        let parts = kinds.sorted { (nodes[$0]?.count ?? 0) > (nodes[$1]?.count ?? 0) }.map { kind in
            let names = (nodes[kind] ?? []).sorted { place[$0, default: 0] < place[$1, default: 0] }
            return goodKinds.contains(kind)
                ? "\(names.count) \(kind)" : "\(names.count) \(kind) (\(NodeRanges.text(names)))"
        }
        return "\(count) node\(count == 1 ? "" : "s"): \(parts.joined(separator: " · "))"
    }
}
