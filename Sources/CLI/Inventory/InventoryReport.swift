import Documents
import Inventory
import Planning
import Reporting
import Transport

/// What `harun check --output json` says of an inventory: one object, with everything that is wrong or with what it leads to.
struct InventoryReport: Encodable {
    private struct Problem: Encodable {
        var file: String
        /// Nil where the file could not be read at all.
        var line: Int?
        var column: Int?
        var message: String
    }

    private let inventory: String
    private let errors: [Problem]
    private let nodes: [String]
    private let stages: [String]

    /// The report on an inventory that nothing is wrong with.
    init(_ inventory: String, _ plan: Plan) {
        self.inventory = inventory
        errors = []
        nodes = plan.nodes.map(\.text)
        stages = plan.stages.map(\.name)
    }

    /// The report on one that cannot be used.
    init(_ inventory: String, _ error: InventoryError) {
        self.inventory = inventory
        nodes = []
        stages = []
        errors =
            switch error {
            case .unreadable(let path, _):
                [Problem(file: path, message: error.description)]
            case .invalid(let error):
                error.diagnostics.map { diagnostic in
                    let place = diagnostic.location
                    return Problem(
                        file: place.file, line: place.line, column: place.column, message: diagnostic.message)
                }
            }
    }

    /// One line.
    var json: String { JSONText.line(self) }
}
