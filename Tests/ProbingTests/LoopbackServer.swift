import Glibc
import Synchronization
import TestSupport

@testable import Probing

/// Accepts connections on loopback and answers every request with 200, until it is stopped.
final class LoopbackServer: Sendable {
    struct Failure: Error {}

    let port: UInt16
    private let listener: Int32
    private let isStopped = Mutex(false)
    private let closed = Mutex<ContinuousClock.Instant?>(nil)

    /// - Parameter port: 0 for a free one.
    init(port: UInt16) throws {
        let (fd, port) = try Self.bound(to: port)
        guard listen(fd, 64) == 0 else { throw Failure() }
        listener = fd
        self.port = port
        startThread { [self] in serve() }
    }

    private func serve() {
        let answer = Array("HTTP/1.0 200 OK\r\n\r\n".utf8)
        while !isStopped.withLock({ $0 }) {
            var ready = pollfd(fd: listener, events: Int16(POLLIN), revents: 0)
            guard poll(&ready, 1, 20) > 0 else { continue }
            let client = LoopbackListener.accept(listener)
            guard client >= 0 else { continue }
            var buffer = [UInt8](repeating: 0, count: 512)
            var request = pollfd(fd: client, events: Int16(POLLIN), revents: 0)
            if poll(&request, 1, 1000) > 0, recv(client, &buffer, buffer.count, 0) > 0 {
                send(client, answer, answer.count, Int32(MSG_NOSIGNAL))
            }
            close(client)
        }
        closed.withLock {
            $0 = .now
            close(listener)
        }
    }

    /// Ends the server, waits until nobody listens any more, and answers since when that is so.
    @discardableResult
    func stop() async -> ContinuousClock.Instant {
        isStopped.withLock { $0 = true }
        while true {
            if let moment = closed.withLock({ $0 }) { return moment }
            await Task.yield()
        }
    }

    /// A socket that holds a port for whoever listens there next, and listens not itself; the caller closes it.
    static func holder(of port: UInt16) throws -> Int32 { try bound(to: port).fd }

    private static func bound(to port: UInt16) throws -> (fd: Int32, port: UInt16) {
        let fd = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        var yes: Int32 = 1
        setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, socklen_t(MemoryLayout<Int32>.size))
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let isBound = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
                bind(fd, pointer, size) == 0 && getsockname(fd, pointer, &size) == 0
            }
        }
        guard fd >= 0, isBound else { throw Failure() }
        return (fd, UInt16(bigEndian: address.sin_port))
    }
}
