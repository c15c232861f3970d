import CLibSSH2
import Glibc

/// A connected non-blocking TCP socket.
final class SocketCarrier: Carrier {
    let descriptor: CInt
    private let loop: EventLoop

    /// Takes over the socket and closes it at the end.
    init(_ descriptor: CInt, on loop: EventLoop) {
        self.descriptor = descriptor
        self.loop = loop
    }

    func watch(_ handler: @escaping (UInt32) -> Void) -> CInt { loop.register(descriptor, handler) }
    func unwatch() { loop.unregister(descriptor) }

    func send(_ bytes: UnsafeRawPointer, _ count: Int) -> Int {
        let sent = Glibc.send(descriptor, bytes, count, CInt(MSG_NOSIGNAL))
        return sent >= 0 ? sent : -Int(errno)
    }

    func receive(_ bytes: UnsafeMutableRawPointer, _ count: Int) -> Int {
        let received = recv(descriptor, bytes, count, 0)
        return received >= 0 ? received : -Int(errno)
    }

    var hasInput: Bool {
        var byte: UInt8 = 0
        return recv(descriptor, &byte, 1, CInt(MSG_PEEK) | CInt(MSG_DONTWAIT)) >= 0
    }

    func reason(_ code: CInt) -> String { String(cString: strerror(code)) }
    func cut() { shutdown(descriptor, CInt(SHUT_RDWR)) }
    func close() { Glibc.close(descriptor) }
}
