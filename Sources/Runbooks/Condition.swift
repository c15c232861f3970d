import Documents

/// When a stage or a step belongs to the plan: data to compare, not an expression.
package struct Condition: Sendable, Hashable {
    /// Sections that the inventory must have, or the stage or step is left out.
    package var requires: [String]
    /// Settings of the inventory that must have these values.
    package var when: [String: String]

    /// Reads `requires` and `when`.
    init(reading reader: TableReader) {
        requires = reader.strings("requires") ?? []
        var when: [String: String] = [:]
        if let table = reader.table("when") {
            for entry in table.entries {
                if let word = entry.value.string {
                    when[entry.key] = word
                } else {
                    reader.fail("`when` compares with strings", at: entry.value.location)
                }
            }
        }
        self.when = when
    }
}
