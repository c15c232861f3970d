import Glibc

/// An IPv4 or IPv6 address, compared by what it is and not by how it was written.
package struct IPAddress: Hashable, Sendable, CustomStringConvertible {
    /// In network order: 4 of them, or 16.
    package let bytes: [UInt8]

    /// Reads the usual notation; names, prefixes, zones and shortened IPv4 such as `10.1` are refused.
    package init?(_ text: String) {
        let isIPv6 = text.utf8.contains(UInt8(ascii: ":"))
        var bytes = [UInt8](repeating: 0, count: isIPv6 ? 16 : 4)
        let isValid = bytes.withUnsafeMutableBytes { inet_pton(isIPv6 ? AF_INET6 : AF_INET, text, $0.baseAddress) == 1 }
        guard isValid else { return nil }
        self.bytes = bytes
    }

    package var isIPv6: Bool { bytes.count == 16 }

    /// Whether the address means the host itself: 127.0.0.0/8, `::1`, or the former mapped into IPv6.
    package var isLoopback: Bool {
        if let mapped { return mapped[0] == 127 }
        return bytes[0..<15].allSatisfy { $0 == 0 } && bytes[15] == 1
    }

    /// Whether the address is one of `fe80::/10`, which hold on one cable only.
    package var isLinkLocal: Bool { isIPv6 && bytes[0] == 0xFE && bytes[1] & 0xC0 == 0x80 }

    /// Whether the address is one of 169.254.0.0/16, which hosts that nobody gives an address give to themselves.
    package var isSelfAssigned: Bool { mapped.map { $0[0] == 169 && $0[1] == 254 } ?? false }

    /// Whether the address can be one host's at all.
    package var isUnicast: Bool {
        if let mapped { return mapped[0] != 0 && mapped[0] < 224 }
        return bytes[0] != 0xFF && bytes.contains { $0 != 0 }
    }

    /// The IPv4 address, also where it is written as an IPv6 one.
    private var mapped: [UInt8]? {
        if !isIPv6 { return bytes }
        let isMapped = bytes[0..<10].allSatisfy { $0 == 0 } && bytes[10] == 0xFF && bytes[11] == 0xFF
        return isMapped ? Array(bytes[12...]) : nil
    }

    /// The address in its shortest usual notation.
    package var description: String {
        var buffer = [CChar](repeating: 0, count: Int(INET6_ADDRSTRLEN))
        let text = bytes.withUnsafeBytes {
            inet_ntop(isIPv6 ? AF_INET6 : AF_INET, $0.baseAddress, &buffer, socklen_t(buffer.count))
        }
        return text.map { String(cString: $0) } ?? ""
    }
}
