import Transport

/// Cuts the bytes of an SFTP channel into replies.
struct SFTPInbox: Sendable {
    /// OpenSSH's own limit; whoever announces more is no SFTP server.
    private static let longestPacket = 256 * 1024

    private var bytes: [UInt8] = []
    private var head = 0

    /// Takes more bytes.
    mutating func add(_ more: UnsafeRawBufferPointer) {
        if head == bytes.count {
            bytes.removeAll(keepingCapacity: true)
            head = 0
        } else if head > Self.longestPacket {
            bytes.removeFirst(head)
            head = 0
        }
        bytes.append(contentsOf: more)
    }

    /// The next whole reply; nil where more bytes have to come first.
    mutating func next() throws(TransportError) -> SFTPReply? {
        guard bytes.count - head >= 4 else { return nil }
        let length = bytes[head..<head + 4].reduce(0) { $0 << 8 | Int($1) }
        guard length > 0, length <= Self.longestPacket else { throw .brokenSFTP }
        guard bytes.count - head >= 4 + length else { return nil }
        defer { head += 4 + length }
        guard let reply = SFTPReply(bytes[head + 4..<head + 4 + length]) else { throw .brokenSFTP }
        return reply
    }
}

extension TransportError {
    /// The other side of the channel does not speak SFTP: a start-up file that prints is the usual reason.
    static var brokenSFTP: TransportError {
        .incompatible(reason: "what answers as SFTP does not speak it (does a start-up file of the shell print?)")
    }
}
