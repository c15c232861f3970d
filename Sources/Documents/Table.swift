/// A TOML table in the order of the file.
package struct Table: Hashable, Sendable {
    package struct Entry: Hashable, Sendable {
        package var key: String
        package var keyLocation: SourceLocation
        package var value: Value

        package init(key: String, keyLocation: SourceLocation, value: Value) {
            self.key = key
            self.keyLocation = keyLocation
            self.value = value
        }
    }

    package var entries: [Entry]
    /// Where the table begins: its header, its opening brace, or the file's first character.
    package var location: SourceLocation

    package init(_ entries: [Entry], at location: SourceLocation) {
        self.entries = entries
        self.location = location
    }

    package subscript(key: String) -> Value? { entries.first { $0.key == key }?.value }
}
