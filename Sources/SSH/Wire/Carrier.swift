/// What a ``Wire`` moves its bytes over: a socket, or a channel of the session to a jump host.
///
/// Sendable so that a session can be handed one; used on the session's loop alone.
protocol Carrier: AnyObject, Sendable {
    /// A descriptor, since libssh2 wants to be given one; it only asks whether it blocks.
    var descriptor: CInt { get }

    /// Calls `handler` with epoll's events whenever more may be received or sent.
    ///
    /// - Returns: 0, or the errno of a carrier that cannot be watched.
    func watch(_ handler: @escaping (UInt32) -> Void) -> CInt

    /// Stops calling.
    func unwatch()

    /// Sends; answers how many bytes were taken, or a negative errno.
    func send(_ bytes: UnsafeRawPointer, _ count: Int) -> Int

    /// Receives; answers how many bytes came, 0 at the end, or a negative errno.
    func receive(_ bytes: UnsafeMutableRawPointer, _ count: Int) -> Int

    /// Whether there is something to receive, an end included, that nobody has taken yet.
    var hasInput: Bool { get }

    /// What an errno of this carrier means, in words.
    func reason(_ code: CInt) -> String

    /// Ends the connection as a cut cable would.
    func cut()

    /// Gives everything back; nothing is called afterwards.
    func close()
}
