/// One node of a TOML document with its place and no value: what ``LocationIndex`` finds.
///
/// A class, because the headers of a document come back to tables that were begun far above.
final class PlacedNode {
    /// A line and a column, counted from 1.
    struct Mark: Hashable {
        var line: Int
        var column: Int
    }

    /// A key of a table with what stands behind it.
    struct Child {
        var key: String
        var mark: Mark
        var node: PlacedNode
    }

    /// How a node came to be, which decides whether a later line may add to it.
    enum Origin {
        /// A string, number, date or truth value.
        case scalar
        /// `[1, 2]`, closed for good.
        case array
        /// `{ a = 1 }`, closed for good.
        case inlineTable
        /// `a` of `[a.b]`: not yet defined by itself.
        case impliedTable
        /// `a` of `[a]`, and one of `[[a]]`.
        case headedTable
        /// `a` of `a.b = 1`.
        case dottedTable
        /// All of `[[a]]`.
        case tableArray
    }

    var mark: Mark
    var origin: Origin
    /// What was written, for a scalar.
    let text: String
    private(set) var children: [Child] = []
    var elements: [PlacedNode] = []
    private var positions: [String: Int] = [:]

    init(_ origin: Origin, at mark: Mark, text: String = "") {
        self.origin = origin
        self.mark = mark
        self.text = text
    }

    /// The child of a key in a table.
    subscript(key: String) -> Child? { positions[key].map { children[$0] } }

    /// Adds a key that the table does not have yet.
    func add(_ node: PlacedNode, key: String, at mark: Mark) {
        positions[key] = children.count
        children.append(Child(key: key, mark: mark, node: node))
    }
}
