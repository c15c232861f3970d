package import Documents
import Steps

/// The address that follows the machine: `192.168.100.200/24`.
package struct FloatingAddress: Sendable, Hashable {
    /// Without the prefix length.
    package var ip: String
    package var prefix: Int

    /// Reads IPv4 or IPv6 with a prefix length; nil for anything else.
    package init?(_ text: String) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 2, let prefix = Int(parts[1]) else { return nil }
        ip = String(parts[0])
        self.prefix = prefix
        let isV6 = ip.contains(":")
        guard (1...(isV6 ? 128 : 32)).contains(prefix) else { return nil }
        if isV6 {
            guard ip.utf8.allSatisfy({ $0 == UInt8(ascii: ":") || Character(UnicodeScalar($0)).isHexDigit }) else {
                return nil
            }
        } else {
            let bytes = ip.split(separator: ".", omittingEmptySubsequences: false).map { UInt8($0) }
            guard bytes.count == 4, !bytes.contains(nil) else { return nil }
        }
    }

    package var isV6: Bool { ip.contains(":") }

    /// Whether an address is another one of the same network; names are not.
    func isBeside(_ other: String) -> Bool {
        guard let own = IPLiteral(ip)?.bytes, let other = IPLiteral(other)?.bytes, own.count == other.count,
            own != other
        else { return false }
        return zip(own, other).enumerated().allSatisfy { index, pair in
            let bits = min(max(prefix - 8 * index, 0), 8)
            return (pair.0 ^ pair.1) >> (8 - bits) == 0
        }
    }

    package var text: String { "\(ip)/\(prefix)" }
}

extension TableReader {
    /// An optional floating address; one that is written in another way is an error.
    package func floatingAddress(_ key: String) -> FloatingAddress? {
        guard let value = value(key) else { return nil }
        let address = convert(value, key: key, expected: "an address") { $0.string }.flatMap(FloatingAddress.init)
        if address == nil { fail("`\(key)` must be written as 192.168.100.200/24", at: value.location) }
        return address
    }
}
