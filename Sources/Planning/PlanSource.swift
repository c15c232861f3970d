import Documents
package import Inventory
package import Runbooks
import Transport

/// What a plan is made of, kept with the run: any later process makes the very same plan of it.
///
/// No secret is in it: an inventory names where secrets come from, never what they are.
package struct PlanSource: Codable, Sendable, Hashable {
    /// The inventory's absolute path.
    package var inventory: String
    package var inventoryText: String
    /// The runbook file's absolute path.
    package var runbook: String
    package var runbookText: String
    /// The first stage, where not the runbook's first.
    package var from: String?
    /// The last stage, where not the runbook's last.
    package var to: String?
    /// A selector of nodes, where not all of them take part.
    package var limit: String?

    enum CodingKeys: String, CodingKey {
        case inventory, runbook, from, to, limit
        case inventoryText = "inventory_text"
        case runbookText = "runbook_text"
    }

    package init(
        inventory: String, inventoryText: String, runbook: String, runbookText: String, from: String? = nil,
        to: String? = nil, limit: String? = nil
    ) {
        self.inventory = inventory
        self.inventoryText = inventoryText
        self.runbook = runbook
        self.runbookText = runbookText
        self.from = from
        self.to = to
        self.limit = limit
    }

    /// Whether both make the same plan, wherever their files are.
    package func hasSamePlan(as other: PlanSource) -> Bool {
        inventoryText == other.inventoryText && runbookText == other.runbookText && from == other.from
            && to == other.to && limit == other.limit
    }

    /// Reads both texts and plans, as the run's first process did.
    ///
    /// - Parameter surroundings: what the inventory's reading may know of this machine.
    /// - Throws: what is wrong with them, or with the limit.
    package func plan(
        in surroundings: Surroundings? = nil
    ) throws(PlanSourceError) -> (fleet: Fleet, runbook: Runbook, plan: Plan) {
        let fleet: Fleet
        let book: Runbook
        var plan: Plan
        do throws(DiagnosticError) {
            fleet = try Fleet.parse(inventoryText, file: inventory, in: surroundings ?? .live(inventory: inventory))
            book = try Runbook(parsing: runbookText, file: runbook)
            plan = try Planner.plan(book, for: fleet).narrowed(from: from, to: to)
        } catch {
            throw .invalid(error)
        }
        if let limit { plan = try plan.limited(to: limit, of: fleet) }
        return (fleet, book, plan)
    }
}
