/// Something that answers, or does not, as seen from outside.
package enum OutsideTarget: Sendable, Hashable, CustomStringConvertible {
    /// An echo request; where the system does not allow these, a TCP connection that is at least refused.
    case icmp(host: String)
    /// A TCP connection to SSH's port that is accepted or refused: where echo requests are filtered, it shows that the
    /// host is there.
    case answer(host: String)
    /// A TCP connection that is accepted.
    case tcp(host: String, port: UInt16)
    /// A GET that is answered with a status below 400.
    case http(host: String, port: UInt16, path: String)

    /// Reads a setting: `icmp`, `tcp:80` or `http://shop.example/health`.
    ///
    /// - Parameter address: the floating address, which all but a URL mean.
    package init?(_ text: String, address: String) {
        if text == "icmp" {
            self = .icmp(host: address)
            return
        }
        if text.hasPrefix("tcp:") {
            guard let port = UInt16(text.dropFirst(4)), port > 0 else { return nil }
            self = .tcp(host: address, port: port)
            return
        }
        guard text.hasPrefix("http://") else { return nil }
        let rest = text.dropFirst("http://".count)
        let slash = rest.firstIndex(of: "/") ?? rest.endIndex
        let path = slash == rest.endIndex ? "/" : String(rest[slash...])
        var authority = rest[..<slash]
        var port: UInt16 = 80
        if let colon = authority.lastIndex(of: ":"), authority.last != "]" {
            guard let number = UInt16(authority[authority.index(after: colon)...]), number > 0 else { return nil }
            port = number
            authority = authority[..<colon]
        }
        if authority.first == "[", authority.last == "]" { authority = authority.dropFirst().dropLast() }
        let printable = path.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F }
        guard !authority.isEmpty, printable else { return nil }
        self = .http(host: String(authority), port: port, path: path)
    }

    package var host: String {
        switch self {
        case .icmp(let host), .answer(let host), .tcp(let host, _), .http(let host, _, _): host
        }
    }

    package var description: String {
        switch self {
        case .icmp(let host): "icmp \(host)"
        case .answer(let host): "tcp \(host):22, open or refused"
        case .tcp(let host, let port): "tcp \(host):\(port)"
        case .http(let host, let port, let path): "http \(host):\(port)\(path)"
        }
    }
}
