/// A run's name: sorts by time, is typed by people, and becomes part of paths and unit names on nodes.
package struct RunID: Hashable, Sendable, Codable, Comparable, CustomStringConvertible {
    package let text: String

    package init(_ text: String) { self.text = text }

    /// A new name: date, time and four random characters, such as `20261123-190214-k3f9`.
    ///
    /// - Parameter timestamp: local or universal time as `yyyyMMdd-HHmmss`.
    package init(timestamp: String, using generator: inout some RandomNumberGenerator) {
        let letters = Array("abcdefghijkmnpqrstuvwxyz23456789")
        text = timestamp + "-" + String((0..<4).map { _ in letters.randomElement(using: &generator) ?? "x" })
    }

    package init(from decoder: any Decoder) throws { text = try decoder.singleValueContainer().decode(String.self) }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(text)
    }

    package var description: String { text }
    package static func < (a: Self, b: Self) -> Bool { a.text < b.text }
}
