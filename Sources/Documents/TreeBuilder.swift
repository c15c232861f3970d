import TOMLKit

/// Puts the parser's values and the walk's places together, in the order of the file.
///
/// A node that the walk missed gets the place of what it stands in: an error a little off its
/// place is better than none.
struct TreeBuilder {
    private let file: String

    init(file: String) { self.file = file }

    /// The table of both.
    func table(_ table: TOMLTable, _ node: PlacedNode) -> Table {
        var rest = Set(table.keys)
        var entries: [Table.Entry] = []
        for child in node.children {
            guard let value = table[child.key], rest.remove(child.key) != nil else { continue }
            entries.append(
                .init(
                    key: child.key, keyLocation: place(child.mark), value: self.value(value.tomlValue, child.node)))
        }
        for key in rest.sorted() {
            guard let value = table[key] else { continue }
            entries.append(
                .init(key: key, keyLocation: place(node.mark), value: self.value(value.tomlValue, lost(node))))
        }
        return Table(entries, at: place(node.mark))
    }

    private func value(_ value: TOMLValue, _ node: PlacedNode) -> Value {
        Value(content(value, node), at: place(node.mark))
    }

    private func content(_ value: TOMLValue, _ node: PlacedNode) -> Value.Content {
        if let table = value.table { return .table(self.table(table, node)) }
        if let array = value.array {
            return .array(
                (0..<array.count).map { index in
                    let element = index < node.elements.count ? node.elements[index] : lost(node)
                    return self.value(array[index].tomlValue, element)
                })
        }
        if let string = value.string { return .string(string) }
        if let integer = value.int { return .integer(integer) }
        if let double = value.double { return .double(double) }
        if let boolean = value.bool { return .boolean(boolean) }
        return .date(node.text)
    }

    private func lost(_ node: PlacedNode) -> PlacedNode { PlacedNode(.scalar, at: node.mark) }

    private func place(_ mark: PlacedNode.Mark) -> SourceLocation {
        SourceLocation(file: file, line: mark.line, column: mark.column)
    }
}
