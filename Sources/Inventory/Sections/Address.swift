import Documents

/// `[address]`: the floating address under which the service is found.
package struct Address: Hashable, Sendable {
    package var ip: IPAddress
    /// The length of the network's prefix: 24 of `/24`.
    package var prefix: Int
    package var interface: String?

    package init(ip: IPAddress, prefix: Int, interface: String? = nil) {
        self.ip = ip
        self.prefix = prefix
        self.interface = interface
    }

    /// `ip/prefix`.
    package var text: String { "\(ip)/\(prefix)" }
}

extension Address {
    init?(_ reader: TableReader) {
        let parsed = reader.checked("ip", required: true, Self.ip)
        let interface = reader.checked("interface", Self.interface)
        guard let parsed else { return nil }
        self.init(ip: parsed.ip, prefix: parsed.prefix, interface: interface)
    }

    private static func ip(_ text: String) throws(Refusal) -> (ip: IPAddress, prefix: Int) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 2, parts[1].allSatisfy({ $0.isASCII && $0.isNumber }), let prefix = Int(parts[1]) else {
            throw Refusal("\"\(text)\" must be an address with its network's prefix, such as 192.168.100.200/24")
        }
        let ip = try HostName.fixed(String(parts[0]))
        if ip.isLoopback { throw Refusal("\"\(text)\" is a loopback address: nobody else can reach it") }
        let width = ip.bytes.count * 8
        guard (1...width).contains(prefix) else {
            throw Refusal("the prefix of \"\(text)\" must lie between 1 and \(width)")
        }
        if !ip.isIPv6, prefix < 31 {
            let number = ip.bytes.reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
            let mask = UInt32.max >> UInt32(prefix)
            if number & mask == 0 { throw Refusal("\"\(text)\" is the network's own address, not a host's") }
            if number & mask == mask { throw Refusal("\"\(text)\" is the network's broadcast address, not a host's") }
        }
        return (ip, prefix)
    }

    private static func interface(_ text: String) throws(Refusal) -> String {
        guard text.wholeMatch(of: #/[A-Za-z0-9_.:@\-]{1,15}/#) != nil, text != ".", text != "..", text != "lo" else {
            throw Refusal("\"\(text)\" is no network interface, such as br0")
        }
        return text
    }
}
