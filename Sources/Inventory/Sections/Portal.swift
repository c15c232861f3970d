/// Where an iSCSI target listens.
package struct Portal: Hashable, Sendable, CustomStringConvertible {
    /// A host name or an IP address, without brackets; an address in its shortest notation, as targets list it.
    package var host: String
    package var port: UInt16

    package init(host: String, port: UInt16 = 3260) {
        self.host = host
        self.port = port
    }

    /// `host:port`, with brackets around an IPv6 address, as `iscsiadm` takes it.
    package var description: String { host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)" }
}

extension Portal {
    init(_ text: String) throws(Refusal) {
        let isBracketed = text.hasPrefix("[")
        if !isBracketed, text.count(where: { $0 == ":" }) > 1 {
            throw Refusal("\"\(text)\": an IPv6 portal is written in brackets, as [2001:db8::5]:3260")
        }
        let end = isBracketed ? text.firstIndex(of: "]").map { text.index(after: $0) } : text.firstIndex(of: ":")
        if isBracketed, end == nil { throw Refusal("\"\(text)\" is no portal: `]` is missing") }
        let split = end ?? text.endIndex
        let host = isBracketed ? String(text[..<split].dropFirst().dropLast()) : String(text[..<split])
        if isBracketed {
            guard IPAddress(host)?.isIPv6 == true else { throw Refusal("\"\(host)\" is no IPv6 address") }
        }
        let rest = text[split...]
        let address = try HostName.address(host)
        self.init(host: IPAddress(address)?.description ?? address)
        if rest.isEmpty { return }
        let digits = rest.dropFirst()
        guard rest.hasPrefix(":"), digits.allSatisfy({ $0.isASCII && $0.isNumber }), let port = UInt16(digits), port > 0
        else { throw Refusal("\"\(text)\" is no portal: a port from 1 to 65535 stands behind the colon") }
        self.port = port
    }
}
