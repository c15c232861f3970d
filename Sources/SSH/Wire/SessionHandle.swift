import CLibSSH2
import Glibc
import Synchronization

/// `libssh2_init` is not thread-safe; a global of Swift's is set exactly once.
private let initialized = LibCrypto.isKept ? libssh2_init(0) : LIBSSH2_ERROR_ALLOC

private let sendCallback: harun_send_fn = { _, bytes, count, _, abstract in
    guard let bytes, let wire = abstract?.pointee else { return -Int(EINVAL) }
    return Unmanaged<Wire>.fromOpaque(wire).takeUnretainedValue().send(bytes, count)
}

private let receiveCallback: harun_recv_fn = { _, bytes, count, _, abstract in
    guard let bytes, let wire = abstract?.pointee else { return -Int(EINVAL) }
    return Unmanaged<Wire>.fromOpaque(wire).takeUnretainedValue().receive(bytes, count)
}

private let disconnectCallback: harun_disconnect_fn = { _, _, message, length, _, _, abstract in
    guard let wire = abstract?.pointee else { return }
    let bytes = UnsafeRawBufferPointer(start: message, count: Int(max(0, length)))
    let text = String(decoding: bytes, as: UTF8.self)
    Unmanaged<Wire>.fromOpaque(wire).takeUnretainedValue().serverSaidGoodbye(text.safeForTerminal)
}

/// Owns one `LIBSSH2_SESSION` and its wire, and frees both in the only order that never waits.
///
/// Every operation under way holds the handle, so a session closed in the middle of one is freed when the
/// last operation has left, and no pointer into it dangles.
final class SessionHandle {
    /// How many there are in this process.
    static let alive = Atomic<Int>(0)

    let raw: OpaquePointer
    let wire: Wire
    /// The sessions that this one carries.
    var tunnels: [Tunnel] = []
    /// They will be looked at in a moment.
    var isLookDue = false

    init(wire: Wire) {
        precondition(initialized == 0, "libssh2 does not start")
        guard let raw = libssh2_session_init_ex(nil, nil, nil, Unmanaged.passUnretained(wire).toOpaque()) else {
            preconditionFailure("no memory left for an SSH session")
        }
        self.raw = raw
        self.wire = wire
        Self.alive.wrappingAdd(1, ordering: .relaxed)
        libssh2_session_set_blocking(raw, 0)
        harun_session_set_callbacks(raw, sendCallback, receiveCallback, disconnectCallback)
    }

    deinit {
        wire.poison("closed")
        libssh2_session_free(raw)
        Self.alive.wrappingSubtract(1, ordering: .relaxed)
    }

    /// The failure behind a negative result, read before another call overwrites it.
    func failure(_ code: CInt) -> LibSSH2Failure {
        var message: UnsafeMutablePointer<CChar>?
        var length: CInt = 0
        libssh2_session_last_error(raw, &message, &length, 0)
        return LibSSH2Failure(
            code: LibSSH2Code(rawValue: code), message: message.map { String(cString: $0) } ?? "")
    }
}
