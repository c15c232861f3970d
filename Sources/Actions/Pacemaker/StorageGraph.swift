/// What the constraints and groups of a configuration make follow a resource, through any number of steps.
///
/// Only what must be counts: colocations of score INFINITY and orders that are not optional.
struct StorageGraph {
    /// Group, clone or set to what is in it, and each primitive to itself.
    private var content: [String: [String]] = [:]
    private var colocations: [(base: String, dependent: String)] = []
    private var orders: [(base: String, dependent: String)] = []

    init(resources: XMLTree, constraints: XMLTree?) {
        for child in resources.children { collect(child) }
        for constraint in constraints?.children ?? [] { take(constraint) }
    }

    /// Primitives that run where this one runs.
    func together(with id: String) -> Set<String> { closure(of: id, colocations) }
    /// Primitives that start after this one.
    func after(_ id: String) -> Set<String> { closure(of: id, orders) }

    private mutating func collect(_ element: XMLTree) {
        guard let id = element["id"] else { return }
        content[id] = element.descendants("primitive").compactMap { $0["id"] }
        for child in element.children where ["primitive", "group", "clone", "master"].contains(child.name) {
            collect(child)
        }
        guard element.name == "group" else { return }
        // Each member of a group runs where the one before it runs, and after it.
        let members = element.all("primitive").compactMap { $0["id"] }
        for (base, dependent) in zip(members, members.dropFirst()) {
            colocations.append((base, dependent))
            orders.append((base, dependent))
        }
    }

    private mutating func take(_ constraint: XMLTree) {
        let sets = constraint.all("resource_set").map { $0.all("resource_ref").compactMap { $0["id"] } }
        switch constraint.name {
        case "rsc_colocation" where ["INFINITY", "+INFINITY"].contains(constraint["score"] ?? ""):
            if let base = constraint["with-rsc"], let dependent = constraint["rsc"] {
                colocations.append((base, dependent))
            }
            // Members of sets are bound in an order that depends on the sets' settings: whichever it is, they run together.
            let all = sets.flatMap(\.self)
            for base in all { colocations += all.filter { $0 != base }.map { (base, $0) } }
        case "rsc_order" where !["Optional", "0"].contains(constraint["kind"] ?? constraint["score"] ?? "Mandatory"):
            if let base = constraint["first"], let dependent = constraint["then"] { orders.append((base, dependent)) }
            for (index, set) in sets.enumerated() {
                for (base, dependent) in zip(set, set.dropFirst()) { orders.append((base, dependent)) }
                for base in set { orders += sets.dropFirst(index + 1).flatMap(\.self).map { (base, $0) } }
            }
        default: break
        }
    }

    private func closure(of id: String, _ edges: [(base: String, dependent: String)]) -> Set<String> {
        var reached: Set<String> = [id]
        while true {
            let before = reached.count
            for edge in edges where !reached.isDisjoint(with: content[edge.base] ?? []) {
                reached.formUnion(content[edge.dependent] ?? [])
            }
            if reached.count == before { break }
        }
        return reached.subtracting([id])
    }
}
