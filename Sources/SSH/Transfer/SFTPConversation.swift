/// One SFTP subsystem on a channel of its own: what is still to be sent, and the replies that came.
///
/// Confined to the session's loop.
final class SFTPConversation {
    /// The channel, from its open to its release.
    var channel: OpaquePointer?
    var inbox = SFTPInbox()
    /// Requests that the channel has not taken yet, from ``outboxHead`` on.
    var outbox: [UInt8] = []
    var outboxHead = 0
    /// What the server printed beside the protocol, for error messages.
    var noise: [UInt8] = []
    private var lastID: UInt32 = 0

    /// A number for the next request.
    func nextID() -> UInt32 {
        lastID &+= 1
        return lastID
    }

    /// Whether all requests are on their way.
    var outboxIsEmpty: Bool { outboxHead == outbox.count }
}
