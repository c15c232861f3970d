package import Documents

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
    /// Whether the host is a name, which has to be resolved.
    package var isName: Bool { IPAddress(host) == nil }

    /// Reads a table's `portal`, which must be there: `10.0.0.5`, `10.0.0.5:3260`, `[2001:db8::5]:3260`, `nas:3260`.
    package init?(reading reader: TableReader) {
        guard let portal = reader.checked("portal", required: true, Portal.init) else { return nil }
        self = portal
    }

    /// An address comes out in its shortest notation, as targets, records and links of udev have it and as it is compared.
    package init(_ text: String) throws(InvalidValue) {
        let isBracketed = text.hasPrefix("[")
        if !isBracketed, text.count(where: { $0 == ":" }) > 1 {
            throw InvalidValue("\"\(text)\": an IPv6 portal is written in brackets, as [2001:db8::5]:3260")
        }
        let end = isBracketed ? text.firstIndex(of: "]").map { text.index(after: $0) } : text.firstIndex(of: ":")
        if isBracketed, end == nil { throw InvalidValue("\"\(text)\" is no portal: `]` is missing") }
        let split = end ?? text.endIndex
        let host = isBracketed ? String(text[..<split].dropFirst().dropLast()) : String(text[..<split])
        if isBracketed {
            guard IPAddress(host)?.isIPv6 == true else { throw InvalidValue("\"\(host)\" is no IPv6 address") }
        }
        let rest = text[split...]
        let address = try HostName.address(host)
        self.init(host: IPAddress(address)?.description ?? address)
        if rest.isEmpty { return }
        let digits = rest.dropFirst()
        guard rest.hasPrefix(":"), digits.allSatisfy({ $0.isASCII && $0.isNumber }), let port = UInt16(digits), port > 0
        else { throw InvalidValue("\"\(text)\" is no portal: a port from 1 to 65535 stands behind the colon") }
        self.port = port
    }
}
