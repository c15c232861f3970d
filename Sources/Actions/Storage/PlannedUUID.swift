import Crypto
import Foundation

/// The UUID of the file system that harun would make on a LUN.
///
/// It follows from the cluster's identity and the WWID alone, so that any later run, from any machine, tells its own
/// file system from somebody else's, even if the run that made it was killed.
struct PlannedUUID: Sendable, Hashable, CustomStringConvertible {
    let description: String

    init(cluster: String, wwid: String) {
        var bytes = Array(SHA256.hash(data: Data("harun ext4\n\(cluster)\n\(wwid.lowercased())".utf8)).prefix(16))
        // The version and variant of a random UUID, since some tools look at them.
        bytes[6] = bytes[6] & 0x0f | 0x40
        bytes[8] = bytes[8] & 0x3f | 0x80
        let hex = Array(bytes.hex)
        description = [hex[0..<8], hex[8..<12], hex[12..<16], hex[16..<20], hex[20..<32]].map { String($0) }
            .joined(separator: "-")
    }

    /// An ext4 label has room for 16 bytes.
    var label: String { "harun-" + description.prefix(8) }
}
