package import Transport

/// The cluster as one node sees it: `crm_mon -1 --output-as=xml`, read.
///
/// Only names, numbers and truth values are read, never the words meant for people: Pacemaker 2.1 says
/// `ok` where 3.0 says `OK`. What a release does not report is nil or false here.
package struct PacemakerStatus: Sendable, Hashable {
    package struct Node: Sendable, Hashable {
        package var name: NodeName
        /// Corosync's number of it.
        package var id = ""
        package var isOnline = false
        /// Its state is not known and it waits for its fence.
        package var isUnclean = false
        package var isStandby = false
        /// By the failure of a resource that wants it so; `pcs node unstandby` does not end it.
        package var isStandbyOnFail = false
        package var isInMaintenance = false
        /// It is a member, but its Pacemaker has not joined yet.
        package var isPending = false
        package var isShuttingDown = false
        package var isDC = false
        /// Fencing devices count too.
        package var resourcesRunning = 0

        package init(name: NodeName) { self.name = name }

        /// Whether it can run resources now.
        package var isReady: Bool {
            isOnline && !isUnclean && !isStandby && !isInMaintenance && !isPending && !isShuttingDown
        }
    }

    package struct Resource: Sendable, Hashable {
        package var id: String
        /// The group, clone or bundle that it belongs to.
        package var container: String?
        /// `ocf:heartbeat:Filesystem`, `stonith:fence_sbd`.
        package var agent: String
        /// `Started`, `Stopped`, `Starting`, `Stopping`, `Promoted` and so on.
        package var role: String
        package var isActive = false
        package var isBlocked = false
        package var isManaged = true
        package var isFailed = false
        package var isOrphaned = false
        /// `Stopped` where somebody stopped it on purpose; nil where nobody said anything.
        package var targetRole: String?
        /// More than one where it runs twice.
        package var nodes: [NodeName] = []

        package init(id: String, agent: String, role: String) {
            self.id = id
            self.agent = agent
            self.role = role
        }

        package var isFencingDevice: Bool { agent.hasPrefix("stonith:") }
        /// Runs where it should, once, and nothing is wrong with it.
        package var isWell: Bool {
            isActive && role == "Started" && nodes.count == 1 && !isBlocked && !isFailed && !isOrphaned && isManaged
        }
    }

    /// A failed operation that was not cleaned up.
    package struct Failure: Sendable, Hashable {
        /// `vm_opencart_monitor_30000`.
        package var operation: String
        package var node: NodeName
        package var exitCode: Int
        /// What the agent said; for people.
        package var reason: String
        /// With its time zone, as Pacemaker wrote it.
        package var time: String
    }

    /// How often a resource failed on a node.
    package struct FailCount: Sendable, Hashable {
        package var resource: String
        package var node: NodeName
        /// 1,000,000 stands for infinity.
        package var count: Int
    }

    /// A constraint that keeps a resource off a node, such as a move leaves.
    package struct Ban: Sendable, Hashable {
        package var id: String
        package var resource: String
        package var node: NodeName
        package var weight: Int
    }

    package struct FenceEvent: Sendable, Hashable {
        package enum State: Sendable, Hashable { case success, failed, pending }

        /// `reboot`, `off` or `on`.
        package var action: String
        package var target: NodeName
        package var state: State
        /// The node that asked for it.
        package var origin: NodeName?
        /// The node that carried it out.
        package var delegate: NodeName?
        package var completed: String?
    }

    /// Pacemaker's own code: 0, or 102 where the cluster does not run on that node.
    package var code: Int
    /// The node that decides, nil where none is elected.
    package var dc: NodeName?
    /// Nil where there is no DC to say it.
    package var isQuorate: Bool?
    /// The cluster runs two releases of Pacemaker.
    package var isMixedVersion = false
    package var isFencingEnabled = false
    package var isInMaintenanceMode = false
    /// Everything is stopped on purpose, by a property of the cluster.
    package var isStoppingAll = false
    /// `stop`, `freeze`, `ignore`, `demote`, `suicide` or `fence`.
    package var noQuorumPolicy: String?
    package var nodes: [Node] = []
    package var resources: [Resource] = []
    package var failures: [Failure] = []
    package var failCounts: [FailCount] = []
    package var bans: [Ban] = []
    /// The newest first; empty too where it could not be read.
    package var fenceHistory: [FenceEvent] = []
    /// False where the fencer did not answer, so that nobody knows what failed.
    package var isFenceHistoryRead = true

    /// Whether Pacemaker ran on the node that was asked.
    package var isRunning: Bool { code == 0 }
    package var onlineNodes: [NodeName] { nodes.filter(\.isOnline).map(\.name) }
    package func node(_ name: NodeName) -> Node? { nodes.first { $0.name == name } }
    package func resource(_ id: String) -> Resource? { resources.first { $0.id == id } }
    /// What runs somewhere and is more than a fencing device.
    package var activeResources: [Resource] { resources.filter { $0.isActive && !$0.isFencingDevice } }
    package func activeResources(on node: NodeName) -> [Resource] { activeResources.filter { $0.nodes.contains(node) } }

    /// Why the cluster is not ready for work, nil where every one of these nodes is, and no other.
    package func obstacle(toRunning expected: [NodeName]) -> String? {
        guard isRunning else { return "Pacemaker does not run (code \(code))" }
        let strangers = nodes.map(\.name).filter { !expected.contains($0) }
        if !strangers.isEmpty { return "the cluster has other nodes: \(strangers.map(\.text).joined(separator: ", "))" }
        for name in expected {
            guard let node = node(name) else { return "\(name) is not a member" }
            if node.isUnclean { return "\(name) is unclean" }
            if !node.isOnline { return "\(name) is not online" }
            if node.isPending { return "\(name) has not joined yet" }
            if node.isShuttingDown { return "\(name) is shutting down" }
        }
        guard dc != nil else { return "no node is elected to decide (no DC)" }
        return isQuorate == true ? nil : "the cluster has no quorum"
    }
}

extension PacemakerStatus {
    /// Reads the XML; nil where it is not crm_mon's, a cut-off answer for example.
    package init?(xml: String) {
        guard let root = XMLTree(parsing: xml), root.name == "pacemaker-result",
            let code = root.first("status")?.integer("code")
        else { return nil }
        self.init(code: code)
        if let summary = root.first("summary") { read(summary: summary) }
        nodes = (root.first("nodes")?.all("node") ?? []).compactMap(Node.init)
        if let list = root.first("resources") { collect(list, container: nil) }
        failures = (root.first("failures")?.all("failure") ?? []).map(Failure.init)
        bans = (root.first("bans")?.all("ban") ?? []).map(Ban.init)
        fenceHistory = (root.first("fence_history")?.all("fence_event") ?? []).map(FenceEvent.init)
        isFenceHistoryRead = ["0", nil].contains(root.first("fence_history")?["status"])
        for node in root.first("node_history")?.all("node") ?? [] {
            for history in node.all("resource_history") {
                guard let count = history.integer("fail-count"), count > 0 else { continue }
                failCounts.append(
                    FailCount(resource: history.text("id"), node: NodeName(node.text("name")), count: count))
            }
        }
    }

    private mutating func read(summary: XMLTree) {
        if let element = summary.first("current_dc"), element.truth("present") {
            let name = element.text("name")
            dc = name.isEmpty ? nil : NodeName(name)
            isQuorate = element["with_quorum"].map { $0 == "true" }
            isMixedVersion = element.truth("mixed_version")
        }
        guard let options = summary.first("cluster_options") else { return }
        // Newer releases have begun to call stonith fencing.
        isFencingEnabled = options.truth("stonith-enabled") || options.truth("fencing-enabled")
        isInMaintenanceMode = options.truth("maintenance-mode")
        isStoppingAll = options.truth("stop-all-resources")
        noQuorumPolicy = options["no-quorum-policy"]
    }

    private mutating func collect(_ parent: XMLTree, container: String?) {
        for element in parent.children {
            if element.name == "resource" {
                resources.append(Resource(element, container: container))
            } else {
                collect(element, container: element["id"] ?? container)
            }
        }
    }
}

extension PacemakerStatus.Node {
    fileprivate init?(_ element: XMLTree) {
        guard let name = element["name"] else { return nil }
        self.init(name: NodeName(name))
        id = element.text("id")
        isOnline = element.truth("online")
        isUnclean = element.truth("unclean")
        isStandbyOnFail = element.truth("standby_onfail")
        isStandby = element.truth("standby") || isStandbyOnFail
        isInMaintenance = element.truth("maintenance")
        isPending = element.truth("pending")
        isShuttingDown = element.truth("shutdown")
        isDC = element.truth("is_dc")
        resourcesRunning = element.integer("resources_running") ?? 0
    }
}

extension PacemakerStatus.Resource {
    fileprivate init(_ element: XMLTree, container: String?) {
        self.init(id: element.text("id"), agent: element.text("resource_agent"), role: element.text("role"))
        self.container = container
        isActive = element.truth("active")
        isBlocked = element.truth("blocked")
        isManaged = element["managed"] != "false"
        isFailed = element.truth("failed")
        isOrphaned = element.truth("orphaned") || element.truth("removed")
        targetRole = element["target_role"]
        nodes = element.all("node").map { NodeName($0.text("name")) }
    }
}

extension PacemakerStatus.Failure {
    fileprivate init(_ element: XMLTree) {
        operation = element["op_key"] ?? element.text("id")
        node = NodeName(element.text("node"))
        exitCode = element.integer("exitcode") ?? -1
        reason = Self.readable(element.text("exitreason"))
        time = element.text("last-rc-change")
    }

    /// crm_mon escapes the agent's words twice in its XML (2.1.5 all of it, 3.0.0 and 3.0.3 all but apostrophes).
    private static func readable(_ words: String) -> String {
        [("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&apos;", "'"), ("&amp;", "&")].reduce(words) {
            $0.replacing($1.0, with: $1.1)
        }
    }
}

extension PacemakerStatus.Ban {
    fileprivate init(_ element: XMLTree) {
        id = element.text("id")
        resource = element.text("resource")
        node = NodeName(element.text("node"))
        weight = element.integer("weight") ?? 0
    }
}

extension PacemakerStatus.FenceEvent {
    fileprivate init(_ element: XMLTree) {
        action = element.text("action")
        target = NodeName(element.text("target"))
        switch element["status"] {
        case "success": state = .success
        case "pending": state = .pending
        default: state = .failed
        }
        origin = element["origin"].map { NodeName($0) }
        delegate = element["delegate"].map { NodeName($0) }
        completed = element["completed"]
    }
}

extension XMLTree {
    fileprivate func text(_ name: String) -> String { self[name] ?? "" }
    fileprivate func truth(_ name: String) -> Bool { self[name] == "true" }
    fileprivate func integer(_ name: String) -> Int? {
        switch self[name] {
        case "INFINITY": 1_000_000
        case "-INFINITY": -1_000_000
        case let text: text.flatMap { Int($0) }
        }
    }
}
