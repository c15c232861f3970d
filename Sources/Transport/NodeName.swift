/// The name of a node in the cluster, as the inventory gives it.
///
/// A type of its own, so that a name, an address and a host name are never mistaken for one another.
package struct NodeName: Hashable, Sendable, Codable, Comparable, CustomStringConvertible, ExpressibleByStringLiteral {
    package let text: String

    package init(_ text: String) { self.text = text }
    package init(stringLiteral value: String) { text = value }
    package init(from decoder: any Decoder) throws { text = try decoder.singleValueContainer().decode(String.self) }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(text)
    }

    package var description: String { text }
    package static func < (a: Self, b: Self) -> Bool { a.text < b.text }
}
