import Glibc

@testable import SSH

/// A socket as a tunnel behaves: what a read took already, no news tells of.
///
/// Every second read that finds nothing waits for what is about to come, so that it comes between two reads of one pass.
// Safety: confined to the loop of its session.
final class LateCarrier: Carrier, @unchecked Sendable {
    private let socket: SocketCarrier
    private var dryReads: Int?

    init(_ socket: SocketCarrier) { self.socket = socket }

    /// Begins to be late.
    ///
    /// - Parameter dryReads: 0 or 1, which of two reads waits.
    func begin(_ dryReads: Int) { self.dryReads = dryReads }

    var descriptor: CInt { socket.descriptor }
    var hasInput: Bool { socket.hasInput }

    func watch(_ handler: @escaping (UInt32) -> Void) -> CInt {
        socket.watch { [self] events in
            if dryReads == nil || socket.hasInput { handler(events) }
        }
    }

    func unwatch() { socket.unwatch() }
    func send(_ bytes: UnsafeRawPointer, _ count: Int) -> Int { socket.send(bytes, count) }

    func receive(_ bytes: UnsafeMutableRawPointer, _ count: Int) -> Int {
        let received = socket.receive(bytes, count)
        guard received == -Int(EAGAIN), let number = dryReads else { return received }
        dryReads = number + 1
        guard number.isMultiple(of: 2) else { return received }
        var question = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        poll(&question, 1, 100)
        return socket.receive(bytes, count)
    }

    func reason(_ code: CInt) -> String { socket.reason(code) }
    func cut() { socket.cut() }
    func close() { socket.close() }
}
