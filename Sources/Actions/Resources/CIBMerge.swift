/// Puts a fragment into a CIB and keeps the list of what that changed.
struct CIBMerge {
    private(set) var root: XMLTree
    private(set) var changes: [String] = []

    init(_ root: XMLTree, _ fragment: CIBFragment) {
        self.root = root
        var configuration = root.first("configuration") ?? XMLTree("configuration")
        edit("crm_config", of: &configuration) { merge, section in
            merge.set(
                fragment.properties, in: &section, blocks: "cluster_property_set", id: "cib-bootstrap-options",
                title: "property ")
        }
        edit("resources", of: &configuration) { merge, section in
            for primitive in fragment.primitives { merge.put(primitive, into: &section) }
        }
        edit("constraints", of: &configuration) { merge, section in
            for constraint in fragment.constraints { merge.put(constraint, into: &section) }
        }
        if !fragment.defaults.isEmpty {
            edit("rsc_defaults", of: &configuration) { merge, section in
                merge.set(
                    fragment.defaults, in: &section, blocks: "meta_attributes", id: "harun-defaults",
                    title: "default of every resource: ")
            }
        }
        self.root.put(configuration)
    }

    private mutating func edit(_ name: String, of parent: inout XMLTree, _ body: (inout Self, inout XMLTree) -> Void) {
        var child = parent.first(name) ?? XMLTree(name)
        body(&self, &child)
        parent.put(child)
    }

    // MARK: - Resources and constraints

    private mutating func put(_ wanted: CIBFragment.Primitive, into resources: inout XMLTree) {
        let found = resources.edit("primitive", id: wanted.id) { element in
            set(
                wanted.attributes, in: &element, blocks: "instance_attributes", id: "\(wanted.id)-instance_attributes",
                title: "\(wanted.id): ")
            set(
                wanted.meta, in: &element, blocks: "meta_attributes", id: "\(wanted.id)-meta_attributes",
                title: "\(wanted.id): ")
            guard !wanted.operations.isEmpty else { return }
            edit("operations", of: &element) { merge, section in
                for operation in wanted.operations { merge.put(operation, of: wanted, into: &section) }
            }
        }
        if !found {
            resources.children.append(wanted.element)
            changes.append("\(wanted.id): new resource of \(wanted.agent)")
        }
    }

    private mutating func put(
        _ wanted: CIBFragment.Operation, of resource: CIBFragment.Primitive, into operations: inout XMLTree
    ) {
        let named = operations.children.indices.filter { operations.children[$0]["name"] == wanted.name }
        let exact = named.first {
            Self.isSame("interval", operations.children[$0]["interval"] ?? "0", wanted.interval)
        }
        // The one monitor that both know is the same monitor with another interval, not a second one.
        let only = resource.operations.count { $0.name == wanted.name } == 1 && named.count == 1 ? named.first : nil
        guard let index = exact ?? only else {
            operations.children.append(wanted.element(of: resource.id))
            changes.append("\(resource.id): new operation \(wanted.title), timeout \(wanted.timeout)")
            return
        }
        var element = operations.children[index]
        for (name, value) in [("interval", wanted.interval), ("timeout", wanted.timeout)] {
            setAttribute(name, value, of: &element, title: "\(resource.id): \(wanted.name) ")
        }
        let block = "\(element["id"] ?? "\(resource.id)-\(wanted.name)")-instance_attributes"
        set(
            wanted.attributes, in: &element, blocks: "instance_attributes", id: block,
            title: "\(resource.id): \(wanted.name) ")
        operations.children[index] = element
    }

    private mutating func put(_ wanted: CIBFragment.Constraint, into constraints: inout XMLTree) {
        let element = wanted.element
        guard let index = constraints.children.firstIndex(where: { $0["id"] == wanted.id }) else {
            constraints.children.append(element)
            changes.append("\(wanted.id): new constraint, \(wanted.title)")
            return
        }
        for (name, value) in element.attributes.sorted(by: { $0.key < $1.key }) where name != "id" {
            setAttribute(name, value, of: &constraints.children[index], title: "\(wanted.id): ")
        }
    }

    // MARK: - Values

    private mutating func setAttribute(_ name: String, _ value: String, of element: inout XMLTree, title: String) {
        if let current = element[name], Self.isSame(name, current, value) { return }
        changes.append("\(title)\(name) \(element[name] ?? "unset") → \(value)")
        element.attributes[name] = value
    }

    /// Sets pairs where they stand, or in the first block without a rule, or in a new block of that id.
    private mutating func set(
        _ values: [String: String], in parent: inout XMLTree, blocks: String, id: String, title: String
    ) {
        for (name, value) in values.sorted(by: { $0.key < $1.key }) {
            let plain = parent.children.indices.filter {
                parent.children[$0].name == blocks && parent.children[$0].first("rule") == nil
            }
            let holder = plain.first { block in
                parent.children[block].children.contains { $0.name == "nvpair" && $0["name"] == name }
            }
            if let holder, let pair = parent.children[holder].children.firstIndex(where: { $0["name"] == name }) {
                let current = parent.children[holder].children[pair]["value"] ?? ""
                if Self.isSame(name, current, value) { continue }
                changes.append("\(title)\(name) \(current) → \(value)")
                parent.children[holder].children[pair].attributes["value"] = value
                continue
            }
            changes.append("\(title)\(name) unset → \(value)")
            if let block = plain.first {
                let owner = parent.children[block]["id"] ?? id
                parent.children[block].children.append(.pair(of: owner, name, value))
            } else {
                let new = XMLTree.pairs(blocks, id: id, [name: value])
                // The schema wants a resource's attributes before its operations.
                let place = parent.children.firstIndex { $0.name == "operations" } ?? parent.children.count
                parent.children.insert(new, at: place)
            }
        }
    }

    /// Whether two values mean the same to Pacemaker: `60`, `60s` and `1min` do.
    static func isSame(_ name: String, _ a: String, _ b: String) -> Bool {
        if a == b { return true }
        guard name == "interval" || name.hasSuffix("timeout"), let a = milliseconds(a), let b = milliseconds(b) else {
            return false
        }
        return a == b
    }

    private static func milliseconds(_ text: String) -> Int? {
        let digits = text.prefix { $0.isASCII && $0.isNumber }
        guard let count = Int(digits), count < 1_000_000_000 else { return nil }
        switch text.dropFirst(digits.count) {
        case "ms", "msec": return count
        case "", "s", "sec": return count * 1000
        case "m", "min": return count * 60_000
        case "h", "hr": return count * 3_600_000
        default: return nil
        }
    }
}

extension XMLTree {
    /// Puts a child in the place of the first one of its name, or at the end.
    fileprivate mutating func put(_ child: XMLTree) {
        if let index = children.firstIndex(where: { $0.name == child.name }) {
            children[index] = child
        } else {
            children.append(child)
        }
    }

    /// Edits the element of that name and id at any depth; false where there is none.
    fileprivate mutating func edit(_ name: String, id: String, _ body: (inout XMLTree) -> Void) -> Bool {
        for index in children.indices {
            if children[index].name == name, children[index]["id"] == id {
                body(&children[index])
                return true
            }
            if children[index].edit(name, id: id, body) { return true }
        }
        return false
    }
}
