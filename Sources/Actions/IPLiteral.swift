import Glibc
import Steps

/// An IPv4 or IPv6 address in one comparable form, whatever way it was written.
struct IPLiteral: Hashable, Sendable {
    /// In network order: 4 of them, or 16.
    let bytes: [UInt8]

    /// The address in its shortest usual notation.
    var text: String {
        var buffer = [CChar](repeating: 0, count: Int(INET6_ADDRSTRLEN))
        let text = bytes.withUnsafeBytes {
            inet_ntop(bytes.count == 16 ? AF_INET6 : AF_INET, $0.baseAddress, &buffer, socklen_t(buffer.count))
        }
        return text.map { String(cString: $0) } ?? ""
    }

    /// Nil for whatever is not an address, host names included.
    init?(_ text: String) {
        var four = in_addr()
        var six = in6_addr()
        if inet_pton(AF_INET, text, &four) == 1 {
            bytes = withUnsafeBytes(of: four) { Array($0) }
        } else if inet_pton(AF_INET6, text, &six) == 1 {
            bytes = withUnsafeBytes(of: six) { Array($0) }
        } else {
            return nil
        }
    }
}
