import CLibSSH2
import Glibc

/// One address a host name resolved to.
struct SocketAddress: Sendable, Hashable {
    let family: CInt
    private let bytes: [UInt8]

    private init(family: CInt, bytes: [UInt8]) {
        self.family = family
        self.bytes = bytes
    }

    /// An address given in figures, which needs no name server; nil for a name.
    init?(numeric text: String, port: UInt16) {
        guard case .success(let addresses) = Self.lookUp(text, port: port, flags: AI_NUMERICHOST),
            let first = addresses.first
        else { return nil }
        self = first
    }

    /// All addresses of a host, in the order in which they should be tried.
    ///
    /// Blocks: for ``BlockingPool`` only.
    static func resolve(_ host: String, port: UInt16) -> Result<[SocketAddress], ResolveError> {
        lookUp(host, port: port, flags: 0)
    }

    private static func lookUp(
        _ host: String, port: UInt16, flags: CInt
    ) -> Result<[SocketAddress], ResolveError> {
        var hints = addrinfo()
        hints.ai_family = AF_UNSPEC
        hints.ai_socktype = CInt(SOCK_STREAM.rawValue)
        hints.ai_flags = AI_NUMERICSERV | flags
        var list: UnsafeMutablePointer<addrinfo>?
        let code = getaddrinfo(host, String(port), &hints, &list)
        guard code == 0 else {
            return .failure(ResolveError(description: "\(host): \(String(cString: gai_strerror(code)))"))
        }
        defer { freeaddrinfo(list) }
        var addresses: [SocketAddress] = []
        var next = list
        while let entry = next?.pointee {
            if let address = entry.ai_addr {
                let bytes = UnsafeRawBufferPointer(start: address, count: Int(entry.ai_addrlen))
                addresses.append(SocketAddress(family: entry.ai_family, bytes: Array(bytes)))
            }
            next = entry.ai_next
        }
        return .success(addresses)
    }

    /// Begins a non-blocking connect; 0, or the errno.
    func connect(_ descriptor: CInt) -> CInt {
        bytes.withUnsafeBytes { bytes in
            guard let address = bytes.bindMemory(to: sockaddr.self).baseAddress else { return EINVAL }
            return Glibc.connect(descriptor, address, socklen_t(bytes.count)) == 0 ? 0 : errno
        }
    }
}

extension SocketAddress: CustomStringConvertible {
    /// In figures, with the port.
    var description: String {
        var host = [CChar](repeating: 0, count: Int(NI_MAXHOST))
        var port = [CChar](repeating: 0, count: 32)
        let code = bytes.withUnsafeBytes { bytes in
            getnameinfo(
                bytes.bindMemory(to: sockaddr.self).baseAddress, socklen_t(bytes.count), &host, socklen_t(host.count),
                &port, socklen_t(port.count), NI_NUMERICHOST | NI_NUMERICSERV)
        }
        func text(_ characters: [CChar]) -> String {
            String(decoding: characters.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        }
        return code == 0 ? "\(text(host)) port \(text(port))" : "an address of family \(family)"
    }
}

/// Why a host name has no address.
struct ResolveError: Error, Sendable, CustomStringConvertible {
    let description: String
}
