import Documents
import Settings

/// `[cluster]`: what the nodes become together.
package struct Cluster: Hashable, Sendable {
    package var name: String
    /// Whether a node joins by itself when it boots; a node that was fenced then does so too.
    package var startAtBoot: Bool

    package init(name: String, startAtBoot: Bool = true) {
        self.name = name
        self.startAtBoot = startAtBoot
    }
}

extension Cluster {
    init?(_ reader: TableReader) {
        let name = reader.checked("name", required: true, Self.name)
        let startAtBoot = reader.boolean("start_at_boot")
        guard let name else { return nil }
        self.init(name: name, startAtBoot: startAtBoot ?? true)
    }

    private static func name(_ text: String) throws(InvalidValue) -> String {
        let allowed = text.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "_" || $0 == "-") }
        guard !text.isEmpty, allowed else {
            throw InvalidValue("\"\(text)\" is no cluster name: it takes letters, digits, `_` and `-`")
        }
        guard text.count <= 64 else { throw InvalidValue("a cluster name has at most 64 characters") }
        return text
    }
}
