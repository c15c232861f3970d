package import Documents

/// A runbook: stages of steps, as data.
///
/// Place in the flow: Inventory + **Runbooks** → Planning → Execution → Journaling → Reporting. A runbook
/// knows neither nodes nor actions; the planner puts it together with an inventory and the catalogue.
package struct Runbook: Sendable, Hashable {
    package var name: String
    package var summary: String
    /// Sections that the inventory must have.
    package var requires: [String]
    package var stages: [Stage]
    /// The file as it was named.
    package var file: String
    /// The file's bytes as read, for the plan's fingerprint.
    package var source: String

    /// Reads a runbook's text.
    ///
    /// - Parameter file: the name to show in errors.
    /// - Throws: every error in the file at once.
    package init(parsing text: String, file: String) throws(DiagnosticError) {
        let root = try Document.parse(text, file: file)
        let reader = TableReader(root, title: "the runbook")
        let header = reader.required("runbook").flatMap { value in
            reader.convert(value, key: "runbook", expected: "a table") { $0.table }
        }
        let headerReader = header.map { TableReader($0, title: "[runbook]") }
        name = headerReader?.requiredString("name") ?? ""
        summary = headerReader?.string("summary") ?? ""
        requires = headerReader?.strings("requires") ?? []
        headerReader?.finish()
        self.file = file
        source = text
        stages = reader.tables("stage").map { Stage(reading: $0, errors: reader) }
        if stages.isEmpty { reader.fail("a runbook needs at least one [[stage]]", at: root.location) }
        Self.refuseRepeated(stages.map { ($0.name, $0.location) }, what: "stage", reader)
        for stage in stages {
            Self.refuseRepeated(stage.steps.map { ($0.id, $0.location) }, what: "step", reader)
        }
        reader.finish()
        if let headerReader { reader.absorb(headerReader) }
        if !reader.diagnostics.isEmpty { throw DiagnosticError(reader.diagnostics) }
    }

    private static func refuseRepeated(
        _ names: [(name: String, location: SourceLocation)], what: String, _ reader: TableReader
    ) {
        var seen: Set<String> = []
        for (name, location) in names where !name.isEmpty && !seen.insert(name).inserted {
            reader.fail("\(what) `\(name)` is there twice; its name is its identity in the journal", at: location)
        }
    }
}
