/// Walks a TOML text once and notes where every key and value stands, and every key given twice.
///
/// The TOML parser gives values without places and stops at the first repeated key. It also aborts
/// the whole process on some texts that are not TOML (an inline table with a pair that has no key),
/// so it only gets to see what this walk found well-formed; numbers and escapes are left to it.
struct LocationIndex {
    /// The end of the walk at something that is not TOML; ``fatal`` says what.
    struct Stuck: Error {}

    /// A key of a dotted path.
    struct Segment {
        var key: String
        var mark: PlacedNode.Mark
    }

    /// Something wrong that the walk itself found.
    struct Problem {
        var message: String
        var mark: PlacedNode.Mark
    }

    /// Deeper nesting is refused, since it serves nobody and recursion has to end somewhere.
    static let deepest = 64

    let root = PlacedNode(.headedTable, at: .init(line: 1, column: 1))
    /// Keys and tables given twice; the first of them stands in the tree.
    private(set) var repetitions: [Problem] = []
    /// Offsets of the text of what was given twice; without it the text is TOML again.
    private(set) var repeatedRanges: [Range<Int>] = []
    /// Why the text must not be given to the parser.
    private(set) var fatal: Problem?
    /// How much of the text, whole lines from its start, may be given to the parser.
    private(set) var wellFormedEnd = 0
    var cursor: TextCursor
    private var current: PlacedNode
    private var repeatedSectionStart: Int?

    init(_ bytes: [UInt8]) {
        cursor = TextCursor(bytes)
        current = root
        try? walk()
        endRepeatedSection()
    }

    private mutating func walk() throws(Stuck) {
        while true {
            skipBlankLines()
            wellFormedEnd = cursor.offset
            guard let byte = cursor.current else { return }
            if byte == UInt8(ascii: "[") {
                try header()
            } else {
                try pair(in: current, depth: 0, start: cursor.offset)
            }
            skipSpaces()
            skipComment()
            guard skipLineEnd() || cursor.current == nil else {
                throw refuse("the line must end here: one key and its value on each")
            }
        }
    }

    /// `[a.b]` or `[[a.b]]`.
    private mutating func header() throws(Stuck) {
        endRepeatedSection()
        let start = cursor.offset
        let mark = cursor.mark
        let isArray = cursor.isAt("[[")
        cursor.advance(isArray ? 2 : 1)
        let path = try keyPath()
        guard isArray ? cursor.isAt("]]") : cursor.isAt("]") else {
            throw refuse("`\(isArray ? "]]" : "]")` must end the header here")
        }
        cursor.advance(isArray ? 2 : 1)
        if let table = open(path, isArray: isArray, at: mark) {
            current = table
        } else {
            current = PlacedNode(.headedTable, at: mark)
            repeatedSectionStart = start
        }
    }

    private mutating func open(_ path: [Segment], isArray: Bool, at mark: PlacedNode.Mark) -> PlacedNode? {
        guard let last = path.last, let parent = descend(from: root, path.dropLast(), .impliedTable) else {
            return nil
        }
        if isArray {
            let element = PlacedNode(.headedTable, at: mark)
            if let child = parent[last.key] {
                guard child.node.origin == .tableArray else { return repeated(path, first: child) }
                child.node.elements.append(element)
            } else {
                let array = PlacedNode(.tableArray, at: mark)
                array.elements = [element]
                parent.add(array, key: last.key, at: last.mark)
            }
            return element
        }
        if let child = parent[last.key] {
            guard child.node.origin == .impliedTable else { return repeated(path, first: child) }
            child.node.origin = .headedTable
            child.node.mark = mark
            return child.node
        }
        let table = PlacedNode(.headedTable, at: mark)
        parent.add(table, key: last.key, at: last.mark)
        return table
    }

    /// Goes down to the table that a path leads to and makes what is missing of it.
    private mutating func descend(
        from start: PlacedNode, _ path: ArraySlice<Segment>, _ origin: PlacedNode.Origin
    ) -> PlacedNode? {
        var node = start
        for segment in path {
            guard let child = node[segment.key] else {
                let table = PlacedNode(origin, at: segment.mark)
                node.add(table, key: segment.key, at: segment.mark)
                node = table
                continue
            }
            switch child.node.origin {
            case .impliedTable, .headedTable, .dottedTable:
                node = child.node
            case .tableArray where origin == .impliedTable:
                guard let element = child.node.elements.last else { return nil }
                node = element
            default:
                return repeated(path.prefix { $0.mark != segment.mark } + [segment], first: child)
            }
        }
        return node
    }

    private mutating func repeated(_ path: some Collection<Segment>, first: PlacedNode.Child) -> PlacedNode? {
        guard let mark = path.max(by: { $0.mark.column < $1.mark.column })?.mark else { return nil }
        let name = path.map(\.key).joined(separator: ".")
        repetitions.append(
            .init(message: "`\(name)` is given twice; the first is on line \(first.mark.line)", mark: mark))
        return nil
    }

    private mutating func endRepeatedSection() {
        guard let start = repeatedSectionStart else { return }
        repeatedRanges.append(start..<cursor.offset)
        repeatedSectionStart = nil
    }

    /// `a.b = value`.
    ///
    /// - Parameter start: where the text begins that must go for the pair to be gone.
    mutating func pair(in table: PlacedNode, depth: Int, start: Int) throws(Stuck) {
        let path = try keyPath()
        skipSpaces()
        guard let last = path.last, cursor.current == UInt8(ascii: "=") else {
            throw refuse("`=` and a value must follow the key")
        }
        cursor.advance()
        skipSpaces()
        let value = try value(depth: depth + 1)
        let found = repetitions.count
        if let parent = descend(from: table, path.dropLast(), .dottedTable) {
            if let child = parent[last.key] {
                _ = repeated(path, first: child)
            } else {
                parent.add(value, key: last.key, at: last.mark)
            }
        }
        if repetitions.count > found { repeatedRanges.append(start..<cursor.offset) }
    }

    /// Ends the walk for good.
    ///
    /// - Parameter mark: where the fault is; nil where the walk stands.
    mutating func refuse(_ message: String, at mark: PlacedNode.Mark? = nil) -> Stuck {
        fatal = fatal ?? Problem(message: message, mark: mark ?? cursor.mark)
        return Stuck()
    }
}
