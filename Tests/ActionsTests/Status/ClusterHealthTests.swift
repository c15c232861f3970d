import Steps
import Testing
import Transport

@testable import Actions

/// A healthy cluster, broken in one place at a time.
@Suite("A cluster's health")
struct ClusterHealthTests {
    private static let names: [NodeName] = ["nodo1", "nodo2"]
    private static let wanted = ["fence-sbd", "shared_storage", "vm_shop", "virtual_ip"]

    private static func view() -> PacemakerStatus {
        var status =
            PacemakerStatus(
                xml: "<pacemaker-result><status code=\"0\"/></pacemaker-result>") ?? PacemakerStatus(code: 0)
        status.dc = "nodo1"
        status.isQuorate = true
        status.isFencingEnabled = true
        status.nodes = names.enumerated().map { index, name in
            var node = PacemakerStatus.Node(name: name)
            node.id = "\(index + 1)"
            node.isOnline = true
            node.isDC = index == 0
            return node
        }
        status.resources = wanted.map { id in
            var resource = PacemakerStatus.Resource(
                id: id, agent: id == "fence-sbd" ? "stonith:fence_sbd" : "ocf:heartbeat:X", role: "Started")
            resource.isActive = true
            resource.nodes = ["nodo1"]
            return resource
        }
        return status
    }

    private static let links = """
        Local node ID 1, transport knet
        LINK ID 0 udp
        \taddr\t= 10.0.0.1
        \tstatus:
        \t\tnodeid:          1:\tlocalhost
        \t\tnodeid:          2:\tconnected
        """

    private static func node(_ name: NodeName, _ status: PacemakerStatus?, _ facts: [String: String] = [:]) -> NodeFacts
    {
        NodeFacts(node: name, status: status, facts: ["links": links, "iscsi": "LOGGED_IN"].merging(facts) { $1 })
    }

    /// What is found where every node sees this.
    private func findings(
        _ facts: [NodeName: [String: String]] = [:], links: Int = 1,
        _ change: (inout PacemakerStatus) -> Void = { _ in }
    ) -> [StatusFinding] {
        var status = Self.view()
        change(&status)
        let nodes = Self.names.map { Self.node($0, status, facts[$0] ?? [:]) }
        return ClusterHealth(nodes, links: links, wanted: Self.wanted).findings
    }

    /// The one thing that is wrong, with a line that mends it.
    private func only(
        _ words: String, _ found: [StatusFinding], is severity: StatusFinding.Severity = .problem, mends: Bool = true,
        at place: SourceLocation = #_sourceLocation
    ) {
        #expect(found.count == 1, "\(found.map(\.what))", sourceLocation: place)
        #expect(found.first?.severity == severity, sourceLocation: place)
        let text = found.first.map { ($0.nodes.map(\.text) + [$0.what]).joined(separator: " ") } ?? ""
        #expect(text.contains(words), "\(text)", sourceLocation: place)
        #expect((found.first?.mend != nil) == mends, sourceLocation: place)
    }

    @Test("nothing is found where nothing is wrong")
    func healthy() { #expect(findings() == []) }

    @Test("each state of a node that keeps it from taking over is named")
    func nodes() {
        only("nodo2 is unclean", findings { $0.nodes[1].isUnclean = true })
        only("nodo2 is not online", findings { $0.nodes[1].isOnline = false })
        only("nodo2 is pending", findings { $0.nodes[1].isPending = true })
        only("nodo2 is shutting down", findings { $0.nodes[1].isShuttingDown = true })
        only("nodo2 is in standby, so", findings { $0.nodes[1].isStandby = true })
        only("nodo2 is in standby because something failed", findings { $0.nodes[1].isStandbyOnFail = true })
        only(
            "nodo2 is in maintenance: nothing is kept alive there, and if it is lost it is fenced",
            findings { $0.nodes[1].isInMaintenance = true })
        only("nodes that the inventory does not: old", findings { $0.nodes.append(.init(name: "old")) })
        let missing = findings { $0.nodes.removeLast() }
        #expect(missing.contains { $0.nodes == ["nodo2"] && $0.what == "is not a member of the cluster" })
    }

    @Test("a machine that its host paused is named, though the cluster calls it running")
    func paused() {
        for (why, words) in [
            ("ioerror", "its disk failed or is full"), ("user", "somebody did it"), ("crashed", "crashed"),
        ] {
            only(
                "nodo1 the machine is paused (\(words))",
                findings(["nodo1": ["vm": "7", "vm.paused": why, "vm.name": "shop"]]))
        }
    }

    @Test("what the cluster as a whole lacks is named")
    func cluster() {
        only("no DC", findings { $0.dc = nil })
        only("no quorum", findings { $0.isQuorate = false })
        only("no quorum", findings { $0.isQuorate = nil })
        only("FENCING IS OFF", findings { $0.isFencingEnabled = false })
        only("maintenance mode", findings { $0.isInMaintenanceMode = true })
        only("stop-all-resources", findings { $0.isStoppingAll = true })
        only("different releases", findings { $0.isMixedVersion = true }, is: .note, mends: false)
    }

    @Test("a resource that the inventory asks for is there, and runs once and well; each way of not doing so is named")
    func resources() {
        for (index, id) in Self.wanted.enumerated() {
            only("\(id) is not in the cluster", findings { $0.resources.remove(at: index) })
        }
        func broken(_ change: (inout PacemakerStatus.Resource) -> Void) -> [StatusFinding] {
            findings { change(&$0.resources[2]) }
        }
        only("vm_shop runs on nodo1, nodo2 AT ONCE", broken { $0.nodes = ["nodo1", "nodo2"] })
        only("vm_shop is blocked", broken { $0.isBlocked = true })
        only("vm_shop has failed", broken { $0.isFailed = true })
        only("vm_shop is not managed", broken { $0.isManaged = false })
        only("vm_shop is stopped", broken { ($0.role, $0.isActive, $0.nodes) = ("Stopped", false, []) })
        only(
            "vm_shop is switched off (target-role)",
            broken { ($0.role, $0.isActive, $0.nodes, $0.targetRole) = ("Stopped", false, [], "Stopped") })
        only("vm_shop is starting", broken { $0.role = "Starting" })
        only("vm_shop is not configured any more", broken { $0.isOrphaned = true })
    }

    @Test("somebody else's resource that was stopped on purpose is told and wakes nobody; one that failed does")
    func others() {
        var other = PacemakerStatus.Resource(id: "backup", agent: "ocf:heartbeat:X", role: "Stopped")
        other.targetRole = "Stopped"
        only("backup is switched off (target-role)", findings { $0.resources.append(other) }, is: .note)
        other.targetRole = nil
        only("backup is stopped", findings { $0.resources.append(other) })
    }

    @Test("a ban keeps something from failing over, and is cleared by what made it")
    func bans() {
        let moved = findings {
            $0.bans = [.init(id: "cli-ban-vm_shop-on-nodo2", resource: "vm_shop", node: "nodo2", weight: -1_000_000)]
        }
        only("vm_shop is banned from nodo2", moved)
        #expect(moved.first?.mend == .command("pcs resource clear vm_shop", on: nil))
        let own = findings { $0.bans = [.init(id: "never", resource: "vm_shop", node: "nodo2", weight: -1_000_000)] }
        #expect(own.first?.mend == .command("pcs constraint delete never", on: nil))
    }

    @Test("failures that were not cleaned up count against a node")
    func failures() {
        only(
            "nodo1 vm_shop_monitor_30000 failed: it is gone",
            findings {
                $0.failures = [
                    .init(
                        operation: "vm_shop_monitor_30000", node: "nodo1", exitCode: 7, reason: "it is gone", time: "")
                ]
                $0.failCounts = [.init(resource: "vm_shop", node: "nodo1", count: 1)]
            })
        only(
            "nodo2 vm_shop failed here 2 times",
            findings { $0.failCounts = [.init(resource: "vm_shop", node: "nodo2", count: 2)] })
    }

    @Test("a fence that failed is told until one of that node succeeds, and a history that nobody can read is unknown")
    func fences() {
        func event(_ state: PacemakerStatus.FenceEvent.State, _ target: NodeName = "nodo2")
            -> PacemakerStatus.FenceEvent
        {
            PacemakerStatus.FenceEvent(action: "reboot", target: target, state: state, completed: "2026-11-23 20:00:00")
        }
        only("nodo2 could not be fenced", findings { $0.fenceHistory = [event(.failed)] })
        only("nodo2 could not be fenced", findings { $0.fenceHistory = [event(.failed), event(.success)] })
        only("nodo2 could not be fenced", findings { $0.fenceHistory = [event(.success, "nodo1"), event(.failed)] })
        #expect(findings { $0.fenceHistory = [event(.success), event(.failed)] } == [])
        only("nodo2 is being fenced", findings { $0.fenceHistory = [event(.pending)] }, mends: false)
        only("history cannot be read", findings { $0.isFenceHistoryRead = false }, is: .unknown)
    }

    @Test("a link that is down, that is not there, or that nobody tells of is named on its node")
    func corosync() {
        let down = Self.links.replacing("connected", with: "disconnected")
        only("nodo1 link 0 (10.0.0.1) to nodo2 is disconnected", findings(["nodo1": ["links": down]]))
        only("nodo1 corosync does not tell", findings(["nodo1": ["links": "Could not initialize"]]), is: .unknown)
        let half = Self.links.split(separator: "\n").dropLast().joined(separator: "\n")
        only("nodo1 link 0 says nothing of nodo2", findings(["nodo1": ["links": half]]), is: .unknown)
        let fewer = findings(links: 2)
        #expect(fewer.map(\.what) == ["corosync has 1 of 2 links", "corosync has 1 of 2 links"])
    }

    @Test("a lost iSCSI session is named", arguments: ["none", "FAILED", "LOGGED_IN FAILED"])
    func sessions(state: String) {
        only("so nothing could run there", findings(["nodo2": ["iscsi": state]]))
        #expect(findings(["nodo2": ["iscsi": "LOGGED_IN LOGGED_IN"]]) == [])
    }

    @Test("a session that could not log in again is told while it still stands, and with the way on once it is lost")
    func staleSessions() {
        only("reboot one node after the other", findings(["nodo2": ["iscsi": "LOGGED_IN", "iscsi.stale": "yes"]]))
        only("neither come back nor be ended", findings(["nodo2": ["iscsi": "FREE", "iscsi.stale": "yes"]]))
    }

    @Test("a mounted device that the cluster's link does not lead to is named, since no stop would find it")
    func stray() {
        only("no link of /dev/disk/by-id", findings(["nodo2": ["mount": "/dev/sdc", "mount.linked": "no"]]))
        #expect(findings(["nodo2": ["mount": "/dev/sda", "mount.linked": "yes"]]) == [])
    }

    @Test("what may be in one place only is looked for behind Pacemaker's back", arguments: ["mount", "vm", "address"])
    func doubles(key: String) {
        only("on nodo1 AND nodo2 at once", findings(["nodo1": [key: "1"], "nodo2": [key: "1"]]))
        #expect(findings(["nodo1": [key: "1"]]) == [])
    }

    @Test("a node that was not heard is unknown, one without Pacemaker is wrong, and two deciders are a split")
    func unheard() {
        let view = Self.view()
        let away = NodeFacts(node: "nodo2", status: nil, facts: [:], problem: "connection refused", advice: "ping it")
        let one = ClusterHealth([Self.node("nodo1", view), away], links: 1, wanted: Self.wanted).findings
        only("nodo2 cannot be asked: connection refused", one, is: .unknown)
        #expect(one.first?.mend == .line("ping it"))
        let mute = ClusterHealth([Self.node("nodo1", view), Self.node("nodo2", nil)], links: 1, wanted: Self.wanted)
        only("nodo2 Pacemaker's answer cannot be read", mute.findings, is: .unknown)
        var other = view
        other.dc = "nodo2"
        let split = ClusterHealth([Self.node("nodo1", view), Self.node("nodo2", other)], links: 1, wanted: Self.wanted)
        only("THE CLUSTER IS SPLIT: nodo1, nodo2", split.findings)
        let off = PacemakerStatus(code: 102)
        let down = ClusterHealth([Self.node("nodo1", view), Self.node("nodo2", off)], links: 1, wanted: Self.wanted)
        only("nodo2 Pacemaker does not run here", down.findings)
    }

    @Test("of a cluster that nobody tells of nothing is called well or broken")
    func nobody() {
        let away = Self.names.map { NodeFacts(node: $0, status: nil, facts: [:], problem: "away") }
        let none = ClusterHealth(away, links: 1, wanted: Self.wanted).findings
        #expect(none.map(\.severity) == [.unknown, .unknown, .unknown])
        let stopped = Self.names.map { Self.node($0, PacemakerStatus(code: 102)) }
        let off = ClusterHealth(stopped, links: 1, wanted: Self.wanted).findings
        #expect(off.map(\.severity) == [.problem, .problem, .problem])
    }

    @Test("Pacemaker's own words for what stops and hides things are read")
    func reading() throws {
        let status = try #require(
            PacemakerStatus(
                xml: """
                    <pacemaker-result><summary><cluster_options fencing-enabled="true" stop-all-resources="true"/></summary>
                    <nodes><node name="a" id="7" online="true"/></nodes>
                    <resources><resource id="x" resource_agent="ocf:a:b" role="Stopped" target_role="Stopped"/></resources>
                    <fence_history status="113"/><status code="0"/></pacemaker-result>
                    """))
        #expect(status.isStoppingAll && status.isFencingEnabled && !status.isFenceHistoryRead)
        #expect(status.nodes.first?.id == "7")
        #expect(status.resource("x")?.targetRole == "Stopped")
    }

    @Test("every kind of step is watched, or there is a reason why not")
    func watched() {
        for kind in ActionCatalog.kinds {
            let isWatched = WatchedActions.kinds.contains(kind)
            #expect(isWatched != (WatchedActions.others[kind] != nil), "\(kind)")
        }
        let known = Set(ActionCatalog.kinds)
        #expect(WatchedActions.kinds.union(WatchedActions.others.keys).subtracting(known) == [])
        #expect(WatchedActions.proofs.isSubset(of: WatchedActions.kinds))
    }
}
