/// Cuts an agent's bytes into messages, however they arrive.
struct AgentStream: Sendable {
    /// OpenSSH's own limit.
    static let longest = 256 * 1024

    private var pending: [UInt8] = []

    /// Takes more bytes; answers the next whole message, if there is one.
    ///
    /// - Throws: ``AgentError/garbage`` for a length that no agent sends; the stream cannot be read on then.
    mutating func consume(_ bytes: some Collection<UInt8>) throws(AgentError) -> [UInt8]? {
        pending.append(contentsOf: bytes)
        var reader = SSHBlobReader(pending)
        guard let length = reader.number() else { return nil }
        guard length > 0, length <= Self.longest else { throw .garbage }
        let end = 4 + Int(length)
        guard pending.count >= end else { return nil }
        let message = Array(pending[4..<end])
        pending.removeFirst(end)
        return message
    }

    /// Whether more came than what was asked for.
    var hasMore: Bool { !pending.isEmpty }
}
