import Reporting
import Transport

/// Counts how commands ended: for the last line and the exit code.
struct ExecTally: Sendable {
    private var kinds: [String] = []
    private var nodes: [String: [NodeName]] = [:]
    private var unproved = false
    private var failed = false
    /// What to do about the first node that needs it.
    private(set) var advice: String?

    /// How many nodes were counted.
    private(set) var count = 0

    /// Whether the command is proved to have ended with code 0 everywhere.
    var isSuccess: Bool { !failed }

    /// 3 where an end is not proved, 1 where a command failed or did not begin, else 0.
    var exitCode: Int32 { unproved ? 3 : failed ? 1 : 0 }

    /// Counts a node.
    mutating func add(_ result: ExecResult) {
        count += 1
        if nodes[result.summary] == nil { kinds.append(result.summary) }
        nodes[result.summary, default: []].append(result.node)
        if !result.isSuccess { failed = true }
        switch result.ending {
        case .unknown, .timedOut, .outputTooLong, .stopped: unproved = true
        case .exited, .signalled, .cancelled, .unreachable: break
        }
        if advice == nil { advice = result.advice }
    }

    /// One line: how many nodes ended in which way, those that failed by name.
    ///
    /// - Parameter order: the nodes in the inventory's order.
    func text(order: [NodeName]) -> String {
        let place = Dictionary(order.enumerated().map { ($1, $0) }) { first, _ in first }
        let parts = kinds.sorted { (nodes[$0]?.count ?? 0) > (nodes[$1]?.count ?? 0) }.map { kind in
            let names = (nodes[kind] ?? []).sorted { place[$0, default: 0] < place[$1, default: 0] }
            return kind == "exit code 0"
                ? "\(names.count) \(kind)" : "\(names.count) \(kind) (\(NodeRanges.text(names)))"
        }
        return "\(count) node\(count == 1 ? "" : "s"): \(parts.joined(separator: " · "))"
    }
}
