import Steps
import Testing
import Transport

@testable import Actions

/// The four releases whose real answers lie among the fixtures: Pacemaker 2.1.2, 2.1.5, 2.1.6 and 3.0.0.
private let releases = ["u22", "d12", "u24", "d13"]

private func recorded(_ release: String, _ name: String) throws -> PacemakerStatus {
    try #require(PacemakerStatus(xml: fixture("pacemaker/\(release)/\(name).xml")))
}

@Suite("Pacemaker's status")
struct PacemakerStatusTests {
    @Test("a healthy cluster reads the same from every release", arguments: releases)
    func healthy(release: String) throws {
        let status = try recorded(release, "crm_mon.ok")
        #expect(status.isRunning)
        #expect(status.onlineNodes == ["nodo1", "nodo2"])
        #expect(status.nodes.filter(\.isReady).count == 2)
        #expect(status.resources.map(\.id) == ["shared_storage", "vm", "vip"])
        #expect(
            status.resources.map(\.agent)
                == ["ocf:heartbeat:Filesystem", "ocf:heartbeat:VirtualDomain", "ocf:heartbeat:IPaddr2"])
        #expect(status.resources.filter(\.isWell).count == 3)
        #expect(status.activeResources.count == 3)
        #expect(status.failures.isEmpty)
        #expect(status.failCounts.isEmpty)
        #expect(status.bans.isEmpty)
        #expect(status.fenceHistory.isEmpty)
        #expect(!status.isFencingEnabled)
        #expect(!status.isInMaintenanceMode)
        #expect(status.noQuorumPolicy == "stop")
        #expect(status.dc == nil)
        #expect(status.isQuorate == nil)
    }

    @Test("every release's recordings are read to the end", arguments: releases)
    func all(release: String) throws {
        for name in ["double-active", "nodefail", "ok", "standby", "stopfail-blocked", "vmfail"] {
            let status = try recorded(release, "crm_mon.\(name)")
            #expect(status.nodes.map(\.name) == ["nodo1", "nodo2"])
            #expect(status.resources.count == 3)
        }
    }

    @Test("a resource that runs on two nodes names both and is not well", arguments: releases)
    func doubleActive(release: String) throws {
        let status = try recorded(release, "crm_mon.double-active")
        let vm = try #require(status.resource("vm"))
        #expect(vm.nodes == ["nodo1", "nodo2"])
        #expect(!vm.isWell)
        #expect(status.activeResources(on: "nodo2").map(\.id) == ["vm", "vip"])
    }

    @Test("a lost node is offline and its resources are stopped", arguments: releases)
    func nodeLost(release: String) throws {
        let status = try recorded(release, "crm_mon.nodefail")
        #expect(status.onlineNodes == ["nodo2"])
        #expect(status.node("nodo1")?.isReady == false)
        #expect(status.activeResources.map(\.id) == ["vip"])
        #expect(status.resource("vm")?.role == "Stopped")
        #expect(status.obstacle(toRunning: ["nodo1", "nodo2"]) == "nodo1 is not online")
    }

    @Test("a node on standby is online and not ready", arguments: releases)
    func standby(release: String) throws {
        let status = try recorded(release, "crm_mon.standby")
        let standby = status.nodes.filter(\.isStandby)
        #expect(standby.count == 1)
        #expect(standby.filter { $0.isOnline && !$0.isReady } == standby)
    }

    @Test("a failed stop shows as blocked, with its exit code", arguments: releases)
    func blocked(release: String) throws {
        let status = try recorded(release, "crm_mon.stopfail-blocked")
        let storage = try #require(status.resource("shared_storage"))
        #expect(storage.isBlocked)
        #expect(storage.isFailed)
        #expect(!storage.isManaged)
        #expect(!storage.isWell)
        let failure = try #require(status.failures.first)
        #expect(status.failures.count == 1)
        #expect(failure.operation == "shared_storage_stop_0")
        #expect(failure.node == "nodo1")
        #expect(failure.exitCode == 1)
        #expect(failure.reason == "Simulated action result")
        #expect(failure.time.hasPrefix("2026-11-23 15:33:"))
    }

    @Test(
        "the words of an agent read as it said them, however often crm_mon has escaped them",
        arguments: [
            "Couldn&amp;apos;t mount &amp;amp; &amp;quot;x&amp;quot; &amp;lt;y&amp;gt;",  // 2.1.5
            "Couldn't mount &amp;amp; &amp;quot;x&amp;quot; &amp;lt;y&amp;gt;",  // 3.0.0
            "Couldn&apos;t mount &amp; &quot;x&quot; &lt;y&gt;",
        ])
    func escaped(reason: String) throws {
        let recorded = try fixture("pacemaker/d12/crm_mon.stopfail-blocked.xml")
        let status = try #require(
            PacemakerStatus(xml: recorded.replacing("Simulated action result", with: reason)))
        #expect(status.failures.first?.reason == "Couldn't mount & \"x\" <y>")
    }

    @Test("a failed monitor is counted against its node", arguments: releases)
    func monitorFailure(release: String) throws {
        let status = try recorded(release, "crm_mon.vmfail")
        #expect(status.failures.map(\.exitCode) == [7])
        #expect(status.failures.map(\.operation) == ["vm_monitor_30000"])
        #expect(status.failCounts == [PacemakerStatus.FailCount(resource: "vm", node: "nodo1", count: 1)])
        #expect(status.resource("vm")?.isFailed == true)
    }

    @Test("the DC, quorum, fencing, bans, groups and infinite counts are read")
    func wholeSummary() throws {
        let status = try #require(PacemakerStatus(xml: Self.whole))
        #expect(status.dc == "nodo2")
        #expect(status.isQuorate == true)
        #expect(status.isMixedVersion)
        #expect(status.isFencingEnabled)
        #expect(status.isInMaintenanceMode)
        #expect(status.node("nodo1")?.isUnclean == true)
        #expect(status.node("nodo2")?.isDC == true)
        #expect(status.resource("fence-sbd")?.isFencingDevice == true)
        #expect(status.activeResources.map(\.id) == ["a", "c"])
        #expect(status.resource("a")?.container == "g")
        #expect(status.resource("c")?.container == "cl")
        #expect(status.resource("b")?.isOrphaned == true)
        #expect(
            status.bans
                == [.init(id: "cli-ban-a", resource: "a", node: "nodo1", weight: -1_000_000)])
        #expect(status.failCounts == [.init(resource: "a", node: "nodo1", count: 1_000_000)])
        #expect(status.fenceHistory.map(\.state) == [.success, .failed, .pending])
        #expect(
            status.fenceHistory.first
                == .init(
                    action: "reboot", target: "nodo1", state: .success, origin: "nodo2", delegate: "nodo2",
                    completed: "2026-11-23 16:00:00Z"))
        #expect(status.obstacle(toRunning: ["nodo1", "nodo2"]) == "nodo1 is unclean")
        #expect(status.obstacle(toRunning: ["nodo2"]) == "the cluster has other nodes: nodo1")
        #expect(status.obstacle(toRunning: ["nodo1", "nodo2", "nodo3"]) == "nodo1 is unclean")
    }

    @Test("each thing that keeps a cluster from its work is named")
    func obstacles() throws {
        var status = PacemakerStatus(code: 0)
        var node = PacemakerStatus.Node(name: "a")
        node.isOnline = true
        status.nodes = [node]
        status.dc = "a"
        status.isQuorate = true
        func obstacle(_ change: (inout PacemakerStatus) -> Void) -> String? {
            var changed = status
            change(&changed)
            return changed.obstacle(toRunning: ["a"])
        }
        #expect(obstacle { _ in } == nil)
        #expect(obstacle { $0.code = 102 } == "Pacemaker does not run (code 102)")
        #expect(obstacle { $0.nodes = [] } == "a is not a member")
        #expect(obstacle { $0.nodes[0].isOnline = false } == "a is not online")
        #expect(obstacle { $0.nodes[0].isPending = true } == "a has not joined yet")
        #expect(obstacle { $0.nodes[0].isShuttingDown = true } == "a is shutting down")
        #expect(obstacle { $0.dc = nil } == "no node is elected to decide (no DC)")
        #expect(obstacle { $0.isQuorate = nil } == "the cluster has no quorum")
        #expect(obstacle { $0.isQuorate = false } == "the cluster has no quorum")
    }

    @Test("a node without a running cluster answers code 102 and nothing else")
    func notRunning() throws {
        let status = try #require(
            PacemakerStatus(
                xml: """
                    <pacemaker-result api-version="2.25" request="crm_mon -1 --output-as=xml">
                      <status code="102" message="Not connected"><errors><error>crm_mon: x</error></errors></status>
                    </pacemaker-result>
                    """))
        #expect(!status.isRunning)
        #expect(status.code == 102)
        #expect(status.nodes.isEmpty)
    }

    @Test(
        "what is not a whole answer of crm_mon is not read at all",
        arguments: [
            "", "no XML", "<crm_mon version=\"2.1\"><status code=\"0\"/></crm_mon>",
            "<pacemaker-result><nodes><node name=\"a\" online=\"true\"/></nodes>",
            "<pacemaker-result><nodes><node name=\"a\" online=\"true\"/></nodes></pacemaker-result>",
            "<pacemaker-result><status code=\"ok\"/></pacemaker-result>",
        ])
    func cutOff(xml: String) {
        #expect(PacemakerStatus(xml: xml) == nil)
    }

    private static let whole = """
        <pacemaker-result api-version="2.25" request="crm_mon -1 --output-as=xml">
          <summary>
            <current_dc present="true" version="2.1.5" name="nodo2" id="2" with_quorum="true" mixed_version="true"/>
            <cluster_options fencing-enabled="true" no-quorum-policy="stop" maintenance-mode="true"/>
          </summary>
          <nodes>
            <node name="nodo1" id="1" online="false" unclean="true" type="member"/>
            <node name="nodo2" id="2" online="true" is_dc="true" resources_running="3" type="member"/>
          </nodes>
          <resources>
            <resource id="fence-sbd" resource_agent="stonith:fence_sbd" role="Started" active="true" managed="true">
              <node name="nodo2" id="2" cached="true"/>
            </resource>
            <group id="g" number_resources="2" managed="true">
              <resource id="a" resource_agent="ocf:pacemaker:Dummy" role="Started" active="true">
                <node name="nodo2" id="2"/>
              </resource>
              <resource id="b" resource_agent="ocf:pacemaker:Dummy" role="Stopped" active="false" orphaned="true"/>
            </group>
            <clone id="cl" multi_state="false">
              <resource id="c" resource_agent="ocf:pacemaker:Dummy" role="Started" active="true">
                <node name="nodo2" id="2"/>
              </resource>
            </clone>
          </resources>
          <node_history>
            <node name="nodo1"><resource_history id="a" fail-count="INFINITY"/></node>
          </node_history>
          <fence_history status="0">
            <fence_event status="success" action="reboot" target="nodo1" client="stonith_admin.1" origin="nodo2"
              delegate="nodo2" completed="2026-11-23 16:00:00Z"/>
            <fence_event status="failed" action="off" target="nodo1" client="x" origin="nodo2"/>
            <fence_event status="pending" action="off" target="nodo1" client="x" origin="nodo2"/>
          </fence_history>
          <bans><ban id="cli-ban-a" resource="a" node="nodo1" weight="-INFINITY" promoted-only="false"/></bans>
          <status code="0" message="OK"/>
        </pacemaker-result>
        """
}

@Suite("XML as a value")
struct XMLTreeTests {
    @Test("elements, attributes and entities are read; text is dropped")
    func reading() throws {
        let tree = try #require(XMLTree(parsing: "<a x='1 &lt; 2'>text<b/><c y='&quot;'><b z='3'/></c></a>"))
        #expect(
            tree
                == XMLTree(
                    "a", ["x": "1 < 2"],
                    children: [XMLTree("b"), XMLTree("c", ["y": "\""], children: [XMLTree("b", ["z": "3"])])]))
        #expect(tree.descendants("b").count == 2)
        #expect(tree.first("c")?["y"] == "\"")
    }

    @Test(
        "what is not well-formed is nil and never a crash",
        arguments: ["", " ", "x", "<a>", "<a></b>", "<a/><b/>", "<a b=c/>"])
    func malformed(text: String) { #expect(XMLTree(parsing: text) == nil) }

    @Test("many threads may read at once")
    func concurrent() async throws {
        let text = try fixture("pacemaker/d12/cib.ok.xml")
        let expected = XMLTree(parsing: text)
        await withTaskGroup(of: Bool.self) { group in
            for index in 0..<200 {
                group.addTask {
                    index.isMultiple(of: 3) ? XMLTree(parsing: "<a><b/>") == nil : XMLTree(parsing: text) == expected
                }
            }
            for await good in group { #expect(good) }
        }
    }
}
