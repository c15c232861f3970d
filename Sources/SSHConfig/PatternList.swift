import Transport

/// Patterns with commas between, as `Match` has them: one negated match excludes, whatever else matches.
struct PatternList: Sendable {
    private let items: [(isNegated: Bool, glob: [UInt8])]

    private let foldsCase: Bool

    /// - Parameter foldsCase: whether capitals are taken for small letters, as in host names.
    init(_ text: String, foldsCase: Bool) {
        self.foldsCase = foldsCase
        items = text.split(separator: ",", omittingEmptySubsequences: false).map { part in
            let isNegated = part.hasPrefix("!")
            let glob = Array((isNegated ? part.dropFirst() : part).utf8)
            return (isNegated, foldsCase ? Self.folded(glob) : glob)
        }
    }

    /// Whether the list means `name`.
    func matches(_ name: String) -> Bool {
        let name = foldsCase ? Self.folded(Array(name.utf8)) : Array(name.utf8)
        var isMeant = false
        for item in items where Glob.matches(name, item.glob) {
            if item.isNegated { return false }
            isMeant = true
        }
        return isMeant
    }

    private static func folded(_ bytes: [UInt8]) -> [UInt8] { bytes.map { (65...90).contains($0) ? $0 | 0x20 : $0 } }
}
