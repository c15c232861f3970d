import Steps

/// The elements as pcs would write them, ids included, so that pcs and crmsh edit them as their own.
extension CIBFragment.Primitive {
    var element: XMLTree {
        let parts = agent.split(separator: ":").map(String.init)
        var names = ["id": id, "class": parts[0]]
        if parts.count == 3 { names["provider"] = parts[1] }
        if parts.count > 1 { names["type"] = parts[parts.count - 1] }
        var children: [XMLTree] = []
        if !attributes.isEmpty {
            children.append(.pairs("instance_attributes", id: "\(id)-instance_attributes", attributes))
        }
        if !meta.isEmpty { children.append(.pairs("meta_attributes", id: "\(id)-meta_attributes", meta)) }
        if !operations.isEmpty {
            children.append(XMLTree("operations", children: operations.map { $0.element(of: id) }))
        }
        return XMLTree("primitive", names, children: children)
    }
}

extension CIBFragment.Operation {
    func element(of resource: String) -> XMLTree {
        let id = "\(resource)-\(name)-interval-\(interval)"
        let own = ["id": id, "name": name, "interval": interval, "timeout": timeout]
        let block = "\(id)-instance_attributes"
        return XMLTree(
            "op", own, children: attributes.isEmpty ? [] : [.pairs("instance_attributes", id: block, attributes)])
    }

    /// For people: `monitor every 20s`.
    var title: String { interval == "0s" ? name : "\(name) every \(interval)" }
}

extension CIBFragment.Constraint {
    var element: XMLTree {
        switch self {
        case .colocation(let id, let resource, let with):
            XMLTree("rsc_colocation", ["id": id, "rsc": resource, "with-rsc": with, "score": "INFINITY"])
        case .order(let id, let first, let then):
            XMLTree(
                "rsc_order",
                ["id": id, "first": first, "then": then, "first-action": "start", "then-action": "start"])
        case .stops(let id, let first, let then):
            XMLTree(
                "rsc_order",
                [
                    "id": id, "first": first, "then": then, "first-action": "stop", "then-action": "stop",
                    "kind": "Optional", "symmetrical": "false",
                ])
        case .location(let id, let resource, let node, let score):
            XMLTree("rsc_location", ["id": id, "rsc": resource, "node": node, "score": score])
        }
    }
}

extension XMLTree {
    /// A block of name-value pairs, sorted by name.
    static func pairs(_ name: String, id: String, _ values: [String: String]) -> XMLTree {
        XMLTree(name, ["id": id], children: values.sorted { $0.key < $1.key }.map { .pair(of: id, $0.key, $0.value) })
    }

    static func pair(of block: String, _ name: String, _ value: String) -> XMLTree {
        XMLTree("nvpair", ["id": "\(block)-\(name)", "name": name, "value": value])
    }
}
