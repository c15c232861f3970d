import Foundation

/// The one way in which harun writes JSON: one line, keys sorted, slashes as they are.
package enum JSONText {
    /// A value as one line.
    package static func line(_ value: some Encodable) -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        guard let data = try? encoder.encode(value) else { return "{}" }
        return String(decoding: data, as: UTF8.self)
    }
}
