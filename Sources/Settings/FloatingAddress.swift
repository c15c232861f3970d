package import Documents

/// The address that follows the machine: `192.168.100.200/24`.
package struct FloatingAddress: Sendable, Hashable, CustomStringConvertible {
    package var ip: IPAddress
    /// The length of the network's prefix: 24 of `/24`.
    package var prefix: Int

    package init(ip: IPAddress, prefix: Int) {
        self.ip = ip
        self.prefix = prefix
    }

    /// `ip/prefix`.
    package var description: String { "\(ip)/\(prefix)" }

    /// Whether an address is another one of the same network; names are not.
    package func isBeside(_ other: String) -> Bool {
        let own = ip.bytes
        guard let other = IPAddress(other)?.bytes, own.count == other.count, own != other else { return false }
        return zip(own, other).enumerated().allSatisfy { index, pair in
            let bits = min(max(prefix - 8 * index, 0), 8)
            return (pair.0 ^ pair.1) >> (8 - bits) == 0
        }
    }
}

extension FloatingAddress {
    /// Reads an address that one host of a network can have, with that network's prefix.
    package init(_ text: String) throws(InvalidValue) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 2, parts[1].allSatisfy({ $0.isASCII && $0.isNumber }), let prefix = Int(parts[1]) else {
            throw InvalidValue(
                "\"\(text)\" must be an address with its network's prefix, such as 192.168.100.200/24")
        }
        let ip = try HostName.fixed(String(parts[0]))
        if ip.isLoopback { throw InvalidValue("\"\(text)\" is a loopback address: nobody else can reach it") }
        let width = ip.bytes.count * 8
        guard (1...width).contains(prefix) else {
            throw InvalidValue("the prefix of \"\(text)\" must lie between 1 and \(width)")
        }
        if !ip.isIPv6, prefix < 31 {
            let number = ip.bytes.reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
            let mask = UInt32.max >> UInt32(prefix)
            if number & mask == 0 { throw InvalidValue("\"\(text)\" is the network's own address, not a host's") }
            if number & mask == mask {
                throw InvalidValue("\"\(text)\" is the network's broadcast address, not a host's")
            }
        }
        self.init(ip: ip, prefix: prefix)
    }
}

extension TableReader {
    /// An optional floating address; one that is written in another way is an error.
    package func floatingAddress(_ key: String, required: Bool = false) -> FloatingAddress? {
        checked(key, required: required, FloatingAddress.init)
    }
}
