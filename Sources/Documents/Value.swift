/// A TOML value that knows where it stands, so that whatever is wrong with it can be shown there.
package struct Value: Hashable, Sendable {
    package indirect enum Content: Hashable, Sendable {
        case string(String)
        case integer(Int)
        case double(Double)
        case boolean(Bool)
        case array([Value])
        case table(Table)
        /// Dates and times: harun's files have no use for them, but they must be nameable in errors.
        case date(String)
    }

    package var content: Content
    package var location: SourceLocation

    package init(_ content: Content, at location: SourceLocation) {
        self.content = content
        self.location = location
    }
}

extension Value {
    package var string: String? { if case .string(let string) = content { string } else { nil } }
    package var integer: Int? { if case .integer(let integer) = content { integer } else { nil } }
    package var boolean: Bool? { if case .boolean(let boolean) = content { boolean } else { nil } }
    package var array: [Value]? { if case .array(let array) = content { array } else { nil } }
    package var table: Table? { if case .table(let table) = content { table } else { nil } }

    /// What the value is, in the words of an error message: `a string`, `an array`.
    package var kind: String {
        switch content {
        case .string: "a string"
        case .integer: "an integer"
        case .double: "a number"
        case .boolean: "true or false"
        case .array: "an array"
        case .table: "a table"
        case .date: "a date"
        }
    }
}
