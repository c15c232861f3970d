import CLibC
import Glibc

/// A listening TCP socket on 127.0.0.1, at a port that the kernel chose.
package struct LoopbackListener {
    let descriptor: CInt
    let port: UInt16

    /// Begins to listen; whoever makes it closes the descriptor.
    init() throws(ChildProcess.Failure) {
        descriptor = socket(AF_INET, CInt(SOCK_STREAM.rawValue) | CInt(SOCK_CLOEXEC.rawValue), 0)
        var place = Self.address(0)
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let (descriptor, size) = (descriptor, length)
        let code = withUnsafeMutablePointer(to: &place) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { place in
                bind(descriptor, place, size) | listen(descriptor, 16) | getsockname(descriptor, place, &length)
            }
        }
        port = UInt16(bigEndian: place.sin_port)
        guard code == 0 else {
            close(descriptor)
            throw ChildProcess.Failure(description: "no listener on 127.0.0.1")
        }
    }

    /// The next connection to any listener, for no child of this process; negative once it is shut down.
    package static func accept(_ listener: CInt) -> CInt {
        libc_accept4(listener, nil, nil, CInt(SOCK_CLOEXEC.rawValue))
    }

    /// A blocking connection to a port of 127.0.0.1; nil where nobody listens.
    static func connection(to port: UInt16) -> CInt? {
        let descriptor = socket(AF_INET, CInt(SOCK_STREAM.rawValue) | CInt(SOCK_CLOEXEC.rawValue), 0)
        var place = address(port)
        let code = withUnsafePointer(to: &place) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        if code == 0 { return descriptor }
        close(descriptor)
        return nil
    }

    private static func address(_ port: UInt16) -> sockaddr_in {
        var place = sockaddr_in()
        place.sin_family = sa_family_t(AF_INET)
        place.sin_port = port.bigEndian
        inet_pton(AF_INET, "127.0.0.1", &place.sin_addr)
        return place
    }
}
