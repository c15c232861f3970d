package import Documents

/// One step of a stage: an action, where it is done and with which settings.
package struct Step: Sendable, Hashable {
    /// Stable: the step's identity in the journal.
    package var id: String
    package var action: String
    /// `all`, `first`, `active`, `none`, a node's name, an array of names, or a `${…}` that gives one of these.
    package var on: Value?
    /// One node after the other, each proved before the next.
    package var isRolling: Bool
    package var condition: Condition
    /// The action's settings, not substituted yet.
    package var with: Table
    package var location: SourceLocation

    /// Reads one `[[stage.step]]`; what is wrong with it goes to `errors`.
    init(reading table: Table, errors: TableReader) {
        let reader = TableReader(table, title: "[[stage.step]]")
        id = reader.requiredString("id") ?? ""
        action = reader.requiredString("action") ?? ""
        on = reader.value("on")
        isRolling = reader.boolean("rolling") ?? false
        condition = Condition(reading: reader)
        with = reader.table("with") ?? Table([], at: table.location)
        location = table.location
        if !id.isIdentifier { reader.fail("a step's id is made of a-z, 0-9 and -", at: location) }
        reader.finish()
        errors.absorb(reader)
    }
}
