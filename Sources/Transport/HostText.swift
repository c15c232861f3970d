import Glibc

/// How OpenSSH writes a host that was typed.
package enum HostText {
    /// The host as OpenSSH goes on with it: an address in its shortest form, a name in small letters.
    ///
    /// known_hosts and `%h` have it so. Only the letters of ASCII become small, lest two names become one.
    package static func canonical(_ host: String) -> String {
        address(host) ?? String(decoding: host.utf8.map { (65...90).contains($0) ? $0 | 0x20 : $0 }, as: UTF8.self)
    }

    /// The shortest form of an address; nil for a name.
    private static func address(_ host: String) -> String? {
        var hints = addrinfo()
        hints.ai_flags = AI_NUMERICHOST
        hints.ai_socktype = CInt(SOCK_STREAM.rawValue)
        var found: UnsafeMutablePointer<addrinfo>?
        guard getaddrinfo(host, nil, &hints, &found) == 0, let found else { return nil }
        defer { freeaddrinfo(found) }
        var text = [CChar](repeating: 0, count: Int(NI_MAXHOST))
        let code = getnameinfo(
            found.pointee.ai_addr, found.pointee.ai_addrlen, &text, socklen_t(text.count), nil, 0, NI_NUMERICHOST)
        guard code == 0 else { return nil }
        return String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}
