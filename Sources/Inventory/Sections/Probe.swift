import Settings

/// How a failover drill asks from outside whether the service answers.
package enum Probe: Hashable, Sendable, CustomStringConvertible {
    /// An echo request to the floating address.
    case icmp
    /// A connection to a port of the floating address.
    case tcp(UInt16)
    /// A request that must be answered without an error status.
    case http(String)

    /// As the inventory writes it.
    package var description: String {
        switch self {
        case .icmp: "icmp"
        case .tcp(let port): "tcp:\(port)"
        case .http(let url): url
        }
    }

    /// Whether there must be an `[address]` for it.
    var needsAddress: Bool { if case .http = self { false } else { true } }
}

extension Probe {
    init(_ text: String) throws(InvalidValue) {
        if text == "icmp" {
            self = .icmp
        } else if let match = text.wholeMatch(of: #/tcp:([0-9]+)/#) {
            guard let port = UInt16(match.1), port > 0 else {
                throw InvalidValue("the port of \"\(text)\" must lie between 1 and 65535")
            }
            self = .tcp(port)
        } else if text.hasPrefix("http://") {
            let rest = text.dropFirst("http://".count).prefix { $0 != "/" && $0 != "?" }
            guard !text.contains(where: \.isWhitespace), !text.contains("#"), !rest.contains("@") else {
                throw InvalidValue("\"\(text)\" is no http address that can be asked")
            }
            _ = try Portal(String(rest))
            self = .http(text)
        } else {
            throw InvalidValue("\"\(text)\" is no probe: write \"icmp\", \"tcp:PORT\" or \"http://…\"")
        }
    }
}
