import Foundation
import Glibc
import Synchronization
import TestSupport

/// A TCP server that says one thing to everybody and hangs up.
final class SayingServer: Sendable {
    let port: UInt16
    private let listener: CInt
    private let served = Atomic<Int>(0)

    /// How many were told so far.
    var count: Int { served.load(ordering: .relaxed) }

    init(_ text: String) throws {
        let listener = socket(AF_INET, CInt(SOCK_STREAM.rawValue) | CInt(SOCK_CLOEXEC.rawValue), 0)
        var place = sockaddr_in()
        place.sin_family = sa_family_t(AF_INET)
        inet_pton(AF_INET, "127.0.0.1", &place.sin_addr)
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let size = length
        let code = withUnsafeMutablePointer(to: &place) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { place in
                bind(listener, place, size) | listen(listener, 16) | getsockname(listener, place, &length)
            }
        }
        guard code == 0 else { throw ChildProcess.Failure(description: "no listening socket") }
        self.listener = listener
        port = UInt16(bigEndian: place.sin_port)
        let bytes = Array(text.utf8)
        let thread = Thread { [self] in
            while true {
                let peer = LoopbackListener.accept(listener)
                guard peer >= 0 else { return }
                served.wrappingAdd(1, ordering: .relaxed)
                _ = send(peer, bytes, bytes.count, CInt(MSG_NOSIGNAL))
                shutdown(peer, CInt(SHUT_WR))
                // Reading what the client sent keeps the kernel from a reset that would swallow the words.
                var rest = [UInt8](repeating: 0, count: 256)
                while recv(peer, &rest, rest.count, 0) > 0 {}
                close(peer)
            }
        }
        thread.start()
    }

    /// Ends the server.
    func stop() { shutdown(listener, CInt(SHUT_RDWR)) }
}
