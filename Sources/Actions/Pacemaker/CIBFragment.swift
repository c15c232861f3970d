/// The part of Pacemaker's configuration that a step wants to be true; everything else stays as it is.
///
/// A value without any cluster behind it: ``CIB`` compares it with a live configuration and merges it
/// in. Constraints carry ids of harun's own (`harun-…`), so that they are found again whatever pcs or
/// an administrator called theirs.
package struct CIBFragment: Sendable, Hashable {
    package struct Operation: Sendable, Hashable {
        /// `start`, `stop`, `monitor`.
        package var name: String
        /// `0s` for everything but monitors.
        package var interval: String
        package var timeout: String
        /// What the agent is told for this operation only: `OCF_CHECK_LEVEL`.
        package var attributes: [String: String]

        package init(_ name: String, interval: String = "0s", timeout: String, attributes: [String: String] = [:]) {
            self.name = name
            self.interval = interval
            self.timeout = timeout
            self.attributes = attributes
        }
    }

    package struct Primitive: Sendable, Hashable {
        package var id: String
        /// As Pacemaker prints it: `ocf:heartbeat:Filesystem`, `stonith:fence_sbd`.
        package var agent: String
        package var attributes: [String: String]
        /// Instance attributes that must not be there, whoever set them.
        package var unset: Set<String>
        package var meta: [String: String]
        package var operations: [Operation]

        package init(
            _ id: String, agent: String, attributes: [String: String], unset: Set<String> = [],
            meta: [String: String] = [:], operations: [Operation] = []
        ) {
            self.id = id
            self.agent = agent
            self.attributes = attributes
            self.unset = unset
            self.meta = meta
            self.operations = operations
        }
    }

    package enum Constraint: Sendable, Hashable {
        /// `resource` runs only where `with` runs.
        case colocation(id: String, resource: String, with: String)
        /// `then` starts after `first` and stops before it.
        case order(id: String, first: String, then: String)
        /// `then` stops after `first` where both do; their starts are in no order.
        case stops(id: String, first: String, then: String)
        /// Keeps a resource off a node (`-INFINITY`) or draws it there.
        case location(id: String, resource: String, node: String, score: String)
    }

    package var primitives: [Primitive]
    package var constraints: [Constraint]
    /// Of the whole cluster: `no-quorum-policy`.
    package var properties: [String: String]
    /// Of every resource that says nothing else: `resource-stickiness`.
    package var defaults: [String: String]

    package init(
        primitives: [Primitive] = [], constraints: [Constraint] = [], properties: [String: String] = [:],
        defaults: [String: String] = [:]
    ) {
        self.primitives = primitives
        self.constraints = constraints
        self.properties = properties
        self.defaults = defaults
    }
}

extension CIBFragment.Constraint {
    package var id: String {
        switch self {
        case .colocation(let id, _, _), .order(let id, _, _), .stops(let id, _, _), .location(let id, _, _, _): id
        }
    }

    /// For people: `virtual_ip runs only where vm_opencart runs`.
    package var title: String {
        switch self {
        case .colocation(_, let resource, let with): "\(resource) runs only where \(with) runs"
        case .order(_, let first, let then): "\(first) starts before \(then)"
        case .stops(_, let first, let then): "\(first) stops before \(then), and they start side by side"
        case .location(_, let resource, let node, let score): "\(resource) on \(node) has score \(score)"
        }
    }
}
