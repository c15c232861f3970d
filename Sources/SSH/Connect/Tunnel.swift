import CLibSSH2
import Glibc

/// A `direct-tcpip` channel of the session to a jump host, as the wire of the session behind it.
///
/// Both sessions live on one loop. A call on the channel may read the outer socket dry and so take bytes of
/// other tunnels or of the outer session's own commands: whoever waits for those is told a moment later, and
/// never from within the call, since libssh2 must not be entered twice for one session.
// Safety: used on the loop of both sessions alone; only `close` comes from elsewhere, when nothing else can.
final class Tunnel: Carrier, @unchecked Sendable {
    private let outer: SSHSession
    private let handle: SessionHandle
    private let channel: OpaquePointer
    private let onEnd: @Sendable () -> Void
    private var handler: ((UInt32) -> Void)?
    /// The inner session has bytes that the channel did not take.
    private var isBlocked = false

    /// - Parameter onEnd: called once the tunnel is given back.
    init(
        outer: SSHSession, handle: SessionHandle, channel: OpaquePointer, onEnd: @escaping @Sendable () -> Void
    ) {
        self.outer = outer
        self.handle = handle
        self.channel = channel
        self.onEnd = onEnd
    }

    var descriptor: CInt { handle.wire.carrier.descriptor }

    func watch(_ handler: @escaping (UInt32) -> Void) -> CInt {
        self.handler = handler
        handle.tunnels.append(self)
        outer.lookAtTunnels(handle)
        return 0
    }

    func unwatch() {
        handler = nil
        handle.tunnels.removeAll { $0 === self }
    }

    /// Reads everything that came for any channel of the outer session, and takes none of it.
    ///
    /// The second stream of a `direct-tcpip` channel carries nothing, so a read of it only moves packets.
    ///
    /// - Returns: whether the outer connection still stands.
    func pump() -> Bool {
        var byte: CChar = 0
        let code = libssh2_channel_read_ex(channel, SSH_EXTENDED_DATA_STDERR, &byte, 1)
        return handle.wire.failure == nil && !LibSSH2Code(rawValue: CInt(truncatingIfNeeded: code)).isConnectionLoss
    }

    /// Lets the inner session go on, if there is something for it.
    func poke() {
        guard let handler else { return }
        var available: UInt = 0
        libssh2_channel_window_read_ex(channel, &available, nil)
        let isOver = handle.wire.failure != nil || libssh2_channel_eof(channel) != 0
        guard available > 0 || isOver || isBlocked else { return }
        handler(available > 0 || isOver ? EPOLLIN.rawValue | EPOLLOUT.rawValue : EPOLLOUT.rawValue)
    }

    func send(_ bytes: UnsafeRawPointer, _ count: Int) -> Int {
        // The outer wire takes everything; so what is held back for a slow network has to be held back here.
        isBlocked = true
        guard handle.wire.failure == nil else { return -Int(ECONNRESET) }
        guard handle.wire.backlog < Wire.backlogLimit else { return -Int(EAGAIN) }
        let written = calling { libssh2_channel_write_ex(channel, 0, bytes.assumingMemoryBound(to: CChar.self), count) }
        if written > 0 {
            isBlocked = written < count
            return written
        }
        return written == 0 || written == Int(LIBSSH2_ERROR_EAGAIN) ? -Int(EAGAIN) : -Int(ECONNRESET)
    }

    func receive(_ bytes: UnsafeMutableRawPointer, _ count: Int) -> Int {
        let read = calling { libssh2_channel_read_ex(channel, 0, bytes.assumingMemoryBound(to: CChar.self), count) }
        if read > 0 { return read }
        if handle.wire.failure != nil { return -Int(ECONNRESET) }
        if read == Int(LIBSSH2_ERROR_EAGAIN) { return -Int(EAGAIN) }
        if libssh2_channel_eof(channel) != 0 { return 0 }
        return read == 0 ? -Int(EAGAIN) : -Int(ECONNRESET)
    }

    /// The way to the jump host counts as well: bytes there may be this tunnel's.
    var hasInput: Bool {
        var available: UInt = 0
        libssh2_channel_window_read_ex(channel, &available, nil)
        return available > 0 || handle.wire.carrier.hasInput
    }

    private func calling(_ call: () -> Int) -> Int {
        let before = handle.wire.bytesIn
        let result = call()
        if handle.wire.bytesIn != before { outer.lookAtTunnels(handle) }
        outer.assumeIsolated { $0.takeOwedTurn() }
        return result
    }

    func reason(_ code: CInt) -> String {
        guard let failure = handle.wire.failure else { return String(cString: strerror(code)) }
        return "the connection to the jump host \(outer.address) is lost: \(failure)"
    }

    func cut() {
        // The far end sees a closed connection; this end a poisoned wire.
        libssh2_channel_send_eof(channel)
    }

    func close() {
        let outer = outer
        let channel = UInt(bitPattern: channel)
        outer.loop.perform { outer.assumeIsolated { $0.takeBack(channel) } }
        onEnd()
    }
}
