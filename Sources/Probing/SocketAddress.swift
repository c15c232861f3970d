import Glibc
import Steps

/// An IPv4 or IPv6 address with a port, in the form that sockets take.
struct SocketAddress: Sendable {
    let isV6: Bool
    private let bytes: [UInt8]

    /// Resolves a name or a literal address once, before the watch begins: name service is no part of an outage.
    static func resolve(_ host: String, port: UInt16) throws(ProcedureFailure) -> SocketAddress {
        var hints = addrinfo()
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        var list: UnsafeMutablePointer<addrinfo>?
        let status = getaddrinfo(host, String(port), &hints, &list)
        guard status == 0, let first = list, let address = first.pointee.ai_addr else {
            throw ProcedureFailure("\(host) has no address: \(String(cString: gai_strerror(status)))")
        }
        defer { freeaddrinfo(list) }
        let raw = UnsafeRawBufferPointer(start: address, count: Int(first.pointee.ai_addrlen))
        return SocketAddress(isV6: first.pointee.ai_family == AF_INET6, bytes: Array(raw))
    }

    private init(isV6: Bool, bytes: [UInt8]) {
        self.isV6 = isV6
        self.bytes = bytes
    }

    func withPointer<T>(_ body: (UnsafePointer<sockaddr>, socklen_t) -> T) -> T {
        var storage = sockaddr_storage()
        return withUnsafeMutableBytes(of: &storage) { raw in
            raw.copyBytes(from: bytes)
            // Safety: the storage is large and aligned for every kind of address.
            let pointer = raw.baseAddress.map { UnsafePointer($0.assumingMemoryBound(to: sockaddr.self)) }
            guard let pointer else { preconditionFailure("a stored address has a place in memory") }
            return body(pointer, socklen_t(bytes.count))
        }
    }
}
