import Documents
import Steps
import Testing
import Transport

@testable import Actions

/// crm_mon's answer of a cluster of ``twoPeers``.
func status(
    dc: String = "nodo1", quorum: Bool = true, offline: [String] = [], resources: String = "", fencing: Bool = true
) -> String {
    let nodes = twoPeers.map { peer in
        "<node name=\"\(peer.name)\" id=\"1\" online=\"\(!offline.contains(peer.name.text))\" pending=\"false\" unclean=\"false\"/>"
    }
    return """
        <pacemaker-result><summary>
        <current_dc present="\(!dc.isEmpty)" name="\(dc)" with_quorum="\(quorum)"/>
        <cluster_options stonith-enabled="\(fencing)" maintenance-mode="false" no-quorum-policy="stop"/>
        </summary><nodes>\(nodes.joined(separator: "\n"))</nodes><resources>\(resources)</resources>
        <status code="0" message="OK"/></pacemaker-result>
        """
}

/// A running resource for ``status(dc:quorum:offline:resources:fencing:)``.
func resource(_ id: String, _ agent: String, on node: String) -> String {
    "<resource id=\"\(id)\" resource_agent=\"\(agent)\" role=\"Started\" active=\"true\" managed=\"true\">"
        + "<node name=\"\(node)\" id=\"1\"/></resource>"
}

@Suite("cluster.start")
struct ClusterStartTests {
    private let action: ClusterStartAction
    private static let running = units(["corosync.service": "active", "pacemaker.service": "active"])

    init() throws { action = try make(ClusterStartAction.self, ["cluster": .string("shop")]) }

    private func verdict(
        _ facts: [String: String],
        other: [String: String] = ["units": running, "boot": "enabled enabled", "status": status()]
    ) -> Verdict? {
        action.judge([
            "nodo1": found(facts.merging(["boot": "enabled enabled"]) { given, _ in given }), "nodo2": found(other),
        ])["nodo1"]
    }

    @Test("a cluster that every node sees whole is left alone")
    func satisfied() { #expect(verdict(["units": Self.running, "status": status()]) == .satisfied) }

    @Test("everything that is not so yet is named")
    func needed() {
        let good = status()
        let table: [([String: String], String)] = [
            ([:], "corosync.service does not run"),
            (["units": units(["corosync.service": "active"])], "pacemaker.service does not run"),
            (
                [
                    "units": Self.running, "boot": "disabled enabled",
                    "status": good,
                ],
                "corosync.service does not start at boot"
            ),
            (["units": Self.running], "Pacemaker does not answer"),
            (["units": Self.running, "status": "<cut"], "Pacemaker does not answer"),
            (["units": Self.running, "status": status(offline: ["nodo2"])], "nodo2 is not online"),
            (["units": Self.running, "status": status(quorum: false)], "the cluster has no quorum"),
            (["units": Self.running, "status": status(dc: "")], "no node is elected to decide (no DC)"),
        ]
        for (facts, why) in table { #expect(verdict(facts) == .needed(why)) }
    }

    @Test("two nodes that each decide for themselves are no cluster")
    func split() {
        let facts = ["units": Self.running, "status": status(dc: "nodo2")]
        #expect(verdict(facts) == .needed("the nodes do not agree who decides: DC nodo1, nodo2"))
    }

    @Test("what systemd remembers of a running unit is not what counts at boot")
    func remembered() {
        let stale = units(["corosync.service": "active disabled", "pacemaker.service": "active disabled"])
        #expect(verdict(["units": stale, "status": status()]) == .satisfied)
        #expect(
            verdict(["units": Self.running, "boot": "enabled disabled", "status": status()])
                == .needed("pacemaker.service does not start at boot"))
        guard case .failed = verdict(["units": Self.running, "boot": "", "status": status()]) else {
            Issue.record("no answer is no answer")
            return
        }
    }

    @Test("start at boot can be unwanted, also while resources run, and is taken back then")
    func notAtBoot() throws {
        let action = try make(
            ClusterStartAction.self, ["cluster": .string("shop"), "start_at_boot": .boolean(false)])
        let facts = ["units": Self.running, "boot": "enabled enabled", "status": status()]
        let verdicts = action.judge(["nodo1": found(facts), "nodo2": found(facts)])
        #expect(verdicts["nodo1"] == .needed("corosync.service starts at boot"))
        #expect(action.apply("nodo1", [:])?.text.contains("systemctl disable --quiet corosync") == true)
    }

    @Test("the scripts are the golden ones")
    func golden() throws { try GoldenScripts.expect(action) }
}
