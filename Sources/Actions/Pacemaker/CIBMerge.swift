import Steps

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
            merge.release(fragment.primitives, in: &section)
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
            clear(wanted.unset, in: &element, title: "\(wanted.id): ")
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

    /// A constraint of harun's own is the same under any id, and one of somebody else's that says exactly this is enough.
    ///
    /// Older releases of harun gave them ids that name no resource (`harun-col-vm-fs`); such a cluster keeps its ids.
    private mutating func put(_ wanted: CIBFragment.Constraint, into constraints: inout XMLTree) {
        let element = wanted.element
        let same = constraints.children.indices.filter { constraints.children[$0].binds(like: element) }
        let exact = constraints.children.firstIndex { $0["id"] == wanted.id }
        let own = same.first { constraints.children[$0]["id"]?.hasPrefix("harun-") == true }
        if exact == nil, own == nil, same.contains(where: { constraints.children[$0].says(element) }) { return }
        guard let index = exact ?? own else {
            constraints.children.append(element)
            changes.append("\(wanted.id): new constraint, \(wanted.title)")
            return
        }
        let id = constraints.children[index]["id"] ?? wanted.id
        for (name, value) in element.attributes.sorted(by: { $0.key < $1.key }) where name != "id" {
            setAttribute(name, value, of: &constraints.children[index], title: "\(id): ")
        }
    }

    /// Takes out what an undo that was cut off left: constraints that keep these resources stopped.
    private mutating func release(_ primitives: [CIBFragment.Primitive], in constraints: inout XMLTree) {
        for primitive in primitives {
            let id = CIBPush.stopPrefix + primitive.id
            guard constraints.children.contains(where: { $0["id"] == id }) else { continue }
            constraints.children.removeAll { $0["id"] == id }
            changes.append("\(primitive.id): may run again, an undo that was cut off keeps it stopped (\(id))")
        }
    }

    // MARK: - Values

    /// Whether a resource's own settings, those that its agent is started with, would become others.
    static func changesSettings(_ wanted: CIBFragment.Primitive, _ found: XMLTree) -> Bool {
        let pairs = found.all("instance_attributes").filter { $0.first("rule") == nil }.flatMap { $0.all("nvpair") }
        return wanted.attributes.contains { name, value in
            !pairs.contains { $0["name"] == name && isSame(name, $0["value"] ?? "", value) }
        }
    }

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

    /// Takes instance attributes out of every block without a rule.
    private mutating func clear(_ names: Set<String>, in parent: inout XMLTree, title: String) {
        for block in parent.children.indices
        where parent.children[block].name == "instance_attributes" && parent.children[block].first("rule") == nil {
            for name in names.sorted() {
                guard let pair = parent.children[block].children.first(where: { $0["name"] == name }) else { continue }
                changes.append("\(title)\(name) \(pair["value"] ?? "") → unset")
                parent.children[block].children.removeAll { $0["name"] == name }
            }
        }
    }

    /// Whether two values mean the same to Pacemaker: `60`, `60s` and `1min` do.
    static func isSame(_ name: String, _ a: String, _ b: String) -> Bool {
        if a == b { return true }
        guard name == "interval" || name.hasSuffix("timeout") || name == "priority-fencing-delay",
            let a = milliseconds(a), let b = milliseconds(b)
        else {
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
    /// Whether two constraints are of one kind and name the same resources, and the same node.
    func binds(like other: XMLTree) -> Bool {
        guard name == other.name, children.isEmpty else { return false }
        return ["rsc", "with-rsc", "first", "then", "node"].allSatisfy { self[$0] == other[$0] }
    }

    /// Whether this constraint says the other's very words, whatever its id; `start` is what an order means by itself.
    fileprivate func says(_ other: XMLTree) -> Bool {
        func words(_ element: XMLTree) -> [String: String] {
            var words = element.attributes
            words["id"] = nil
            for name in ["first-action", "then-action"] where words[name] == "start" { words[name] = nil }
            return words
        }
        return words(self) == words(other)
    }

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
