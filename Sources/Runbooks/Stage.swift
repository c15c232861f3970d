package import Documents

/// A part of a runbook that ends in a checkpoint.
package struct Stage: Sendable, Hashable {
    package var name: String
    package var summary: String
    package var condition: Condition
    package var steps: [Step]
    package var location: SourceLocation

    /// Reads one `[[stage]]`; what is wrong with it goes to `errors`.
    init(reading table: Table, errors: TableReader) {
        let reader = TableReader(table, title: "[[stage]]")
        name = reader.requiredString("name") ?? ""
        summary = reader.string("summary") ?? ""
        condition = Condition(reading: reader)
        steps = reader.tables("step").map { Step(reading: $0, errors: errors) }
        location = table.location
        if steps.isEmpty { reader.fail("stage `\(name)` has no [[stage.step]]", at: location) }
        if !name.isIdentifier { reader.fail("a stage's name is made of a-z, 0-9 and -", at: location) }
        reader.finish()
        errors.absorb(reader)
    }
}

extension String {
    /// Whether the string may name a stage or a step: it becomes part of paths and unit names.
    var isIdentifier: Bool {
        !isEmpty && utf8.count <= 40
            && utf8.allSatisfy { byte in
                (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte)
                    || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) || byte == UInt8(ascii: "-")
            }
    }
}
