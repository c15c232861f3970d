package import Logging

/// What is done on the way to nodes is said to a `Logger` that whoever connects hands in: see
/// `docs/decisions/0030-what-is-done-is-said-to-a-logger.md`.
extension Logger {
    /// Says nothing, at the cost of a look at its level.
    package static let off = Logger(label: "harun") { _ in SwiftLogNoOpLogHandler() }

    /// What ``about(_:)`` keeps a node's name under.
    package static let nodeKey = "node"

    /// The same about one node.
    package func about(_ node: NodeName) -> Logger {
        // The copy takes memory: ten thousand nodes do not pay for what nobody reads.
        guard logLevel <= .info else { return self }
        var logger = self
        logger[metadataKey: Self.nodeKey] = .string(node.text)
        return logger
    }
}
