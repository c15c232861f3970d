import Foundation
import Glibc

/// A relay to a server on loopback that ends each connection once the server sent so many bytes.
///
/// The client sees a real end of its socket, with what the kernel has in store before it, and not a fault of its own
/// wire. One connection at a time, on a thread of its own.
package final class CuttingRelay: Sendable {
    /// How a connection ends.
    package enum End: Sendable {
        /// As a server that closes it: everything that it sent is read before.
        case finish
        /// As a server that is gone: what the client has not read by then is lost.
        case reset
    }

    package let port: UInt16
    private let descriptor: CInt

    /// Begins to listen.
    ///
    /// - Parameters:
    ///   - server: a port of 127.0.0.1.
    ///   - limit: bytes of the server that are let through.
    package init(to server: UInt16, after limit: Int, _ end: End) throws(ChildProcess.Failure) {
        let listener = try LoopbackListener()
        (port, descriptor) = (listener.port, listener.descriptor)
        Thread.detachNewThread {
            while true {
                let client = LoopbackListener.accept(listener.descriptor)
                guard client >= 0 else { break }
                if let upstream = LoopbackListener.connection(to: server) {
                    let isCut = Self.relay(client, upstream, limit)
                    close(upstream)
                    if isCut { Self.cut(client, end) }
                }
                close(client)
            }
            close(listener.descriptor)
        }
    }

    deinit { shutdown(descriptor, CInt(SHUT_RDWR)) }

    /// Takes bytes to and fro; whether the limit was reached before either side was done.
    private static func relay(_ client: CInt, _ server: CInt, _ limit: Int) -> Bool {
        var left = limit
        var buffer = [UInt8](repeating: 0, count: 1 << 14)
        while left > 0 {
            var ends = [client, server].map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
            guard poll(&ends, 2, -1) > 0 else { return false }
            if ends[0].revents != 0 {
                let count = recv(client, &buffer, buffer.count, 0)
                guard count > 0 else { return false }
                // What the server takes no more says nothing about what it still sends.
                _ = say(buffer[..<count], to: server)
            }
            if ends[1].revents != 0 {
                let count = recv(server, &buffer, min(left, buffer.count), 0)
                guard count > 0, say(buffer[..<count], to: client) else { return false }
                left -= count
            }
        }
        return true
    }

    private static func cut(_ client: CInt, _ end: End) {
        switch end {
        case .finish:
            shutdown(client, CInt(SHUT_WR))
            // Bytes that nobody reads would make a reset of it.
            var rest = [UInt8](repeating: 0, count: 1 << 12)
            while recv(client, &rest, rest.count, 0) > 0 {}
        case .reset:
            var now = linger(l_onoff: 1, l_linger: 0)
            setsockopt(client, SOL_SOCKET, SO_LINGER, &now, socklen_t(MemoryLayout<linger>.size))
        }
    }

    private static func say(_ bytes: ArraySlice<UInt8>, to peer: CInt) -> Bool {
        var rest = bytes
        while !rest.isEmpty {
            let sent = rest.withUnsafeBytes { send(peer, $0.baseAddress, $0.count, CInt(MSG_NOSIGNAL)) }
            guard sent > 0 else { return false }
            rest = rest.dropFirst(sent)
        }
        return true
    }
}
