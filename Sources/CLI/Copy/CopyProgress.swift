import Foundation
import Synchronization
import Transport

/// How far a file has come on its way to or from all nodes together.
final class CopyProgress: Sendable {
    private struct State {
        var nodes: [NodeName: TransferProgress] = [:]
        var begin: ContinuousClock.Instant?
        /// Bytes that will have come to or from all nodes, where that is known beforehand.
        var total: Int?
    }

    /// Bytes of the file that is sent.
    private let size: Int?

    private let state: Mutex<State>

    /// - Parameter size: bytes of the file that is sent; nil where it comes from the nodes.
    init(size: Int?, nodes: Int) {
        self.size = size
        state = Mutex(State(total: size.map { $0 * nodes }))
    }

    /// A node's part came on; called from the threads of the connections.
    func reached(_ progress: TransferProgress, on node: NodeName) {
        state.withLock { state in
            if state.begin == nil { state.begin = .now }
            state.nodes[node] = progress
        }
    }

    /// A node's part failed: its bytes count for nothing.
    func gaveUp(_ node: NodeName) {
        state.withLock { state in
            state.nodes[node] = nil
            if let size, let total = state.total { state.total = total - size }
        }
    }

    /// Bytes here and there, and how fast they come; nil before the first ones.
    var text: String? {
        let (nodes, begin, known) = state.withLock { ($0.nodes.values.map { $0 }, $0.begin, $0.total) }
        guard let begin, !nodes.isEmpty else { return nil }
        let bytes = nodes.reduce(0) { $0 + $1.bytes }
        let carried = nodes.reduce(0) { $0 + $1.bytes - $1.resumed }
        let total = known ?? nodes.reduce(0) { $0 + $1.total }
        let seconds = max(0.001, (ContinuousClock.now - begin).inSeconds)
        let rate = Self.amount(Int(Double(carried) / seconds))
        return "\(Self.amount(bytes)) of \(Self.amount(total)), \(rate)/s"
    }

    /// Bytes in the largest unit of which there are some.
    static func amount(_ bytes: Int) -> String {
        guard bytes >= 1024 else { return "\(bytes) B" }
        var value = Double(bytes) / 1024
        var unit = 0
        let units = ["KiB", "MiB", "GiB", "TiB"]
        while value >= 1024, unit < units.count - 1 {
            value /= 1024
            unit += 1
        }
        return String(format: "%.1f ", value) + units[unit]
    }
}
