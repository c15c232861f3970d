import Transport

/// Which nodes are meant: names, globs and groups, joined by commas; `!` takes out again.
///
/// Read from left to right over the whole fleet's names, so `web*,!web3` is all of them but one, and
/// `!web3` alone is everybody else. A part that meets nothing is an error, since it is a slip of the
/// keyboard nearly always, and `!` with a slip in it would let through what it was to keep out.
package struct Selector: Hashable, Sendable, CustomStringConvertible {
    private struct Term: Hashable, Sendable {
        var pattern: String
        var isExclusion: Bool
    }

    /// The text that was read.
    package let description: String
    private let terms: [Term]

    /// Every node.
    package static let all = Selector(description: "all", terms: [Term(pattern: "all", isExclusion: false)])

    private init(description: String, terms: [Term]) {
        self.description = description
        self.terms = terms
    }

    /// Reads a selector; whether it meets any node is seen by ``nodes(of:)``.
    package init(_ text: String) throws(SelectorError) {
        var terms: [Term] = []
        for part in text.split(separator: ",", omittingEmptySubsequences: false) {
            let words = part.split(whereSeparator: \.isWhitespace)
            guard words.count == 1, let word = words.first else {
                throw SelectorError(description: "the selector \"\(text)\" has an empty or broken part: \"\(part)\"")
            }
            let pattern = word.drop { $0 == "!" }
            guard !pattern.isEmpty, word.count - pattern.count <= 1 else {
                throw SelectorError(description: "the selector \"\(text)\" has no name behind `!`")
            }
            terms.append(Term(pattern: String(pattern), isExclusion: word.hasPrefix("!")))
        }
        self.init(description: text, terms: terms)
    }

    /// The nodes that are meant, in the fleet's order; never none.
    package func nodes(of fleet: Fleet) throws(SelectorError) -> [Node] {
        var chosen = Set(terms.first?.isExclusion == true ? Array(fleet.nodes.indices) : [])
        for term in terms {
            let met = fleet.nodes.indices.filter { Self.matches(term.pattern, fleet.nodes[$0]) }
            if met.isEmpty { throw unknown(term, in: fleet) }
            if term.isExclusion { chosen.subtract(met) } else { chosen.formUnion(met) }
        }
        guard !chosen.isEmpty else {
            throw SelectorError(description: "the selector \"\(description)\" leaves no node")
        }
        return chosen.sorted().map { fleet.nodes[$0] }
    }

    private func unknown(_ term: Term, in fleet: Fleet) -> SelectorError {
        let names = fleet.nodes.map(\.name.text) + Set(fleet.nodes.flatMap(\.groups)).sorted()
        let hint = NodeReference.hint(term.pattern, among: names)
        return SelectorError(description: "no node or group is named \"\(term.pattern)\"\(hint)")
    }

    private static func matches(_ pattern: String, _ node: Node) -> Bool {
        if pattern == "all" { return true }
        return ([node.name.text] + node.groups).contains { matches(Array(pattern.utf8), Array($0.utf8)) }
    }

    /// `*` stands for any text and `?` for one character; the last `*` is where a failed try goes on.
    private static func matches(_ pattern: [UInt8], _ text: [UInt8]) -> Bool {
        var p = 0
        var t = 0
        var star: (pattern: Int, text: Int)?
        while t < text.count {
            if p < pattern.count, pattern[p] == UInt8(ascii: "*") {
                star = (p, t)
                p += 1
            } else if p < pattern.count, pattern[p] == UInt8(ascii: "?") || pattern[p] == text[t] {
                p += 1
                t += 1
            } else if let last = star {
                p = last.pattern + 1
                t = last.text + 1
                star = (last.pattern, t)
            } else {
                return false
            }
        }
        return pattern[p...].allSatisfy { $0 == UInt8(ascii: "*") }
    }
}
