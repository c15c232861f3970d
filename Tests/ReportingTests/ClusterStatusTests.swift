import Actions
import Documents
import Steps
import Testing
import Transport

@testable import Execution
@testable import Planning
@testable import Reporting

@Suite("The status screen")
struct ClusterStatusTests {
    private static let links = """
        Local node ID 1, transport knet
        LINK ID 0 udp
        \taddr\t= 10.0.0.1
        \tstatus:
        \t\tnodeid:          1:\tlocalhost
        \t\tnodeid:          2:\tconnected
        """

    private func status(fencing: Bool = true, standby: Bool = false) throws -> PacemakerStatus {
        try #require(
            PacemakerStatus(
                xml: """
                    <pacemaker-result><summary><current_dc present="true" name="nodo1" with_quorum="true"/>
                    <cluster_options stonith-enabled="\(fencing)"/></summary><nodes>
                    <node name="nodo1" id="1" online="true" is_dc="true"/>
                    <node name="nodo2" id="2" online="true" standby="\(standby)"/></nodes><resources>
                    <resource id="fence-sbd" resource_agent="stonith:fence_sbd" role="Started" active="true">
                    <node name="nodo1"/></resource></resources><status code="0"/></pacemaker-result>
                    """))
    }

    private func view(
        _ nodes: [NodeFacts], rows: [PlanProbe.Row] = []
    ) -> ClusterStatusView {
        ClusterStatusView(
            title: "lab", inventory: "my lab.toml", links: 1, nodes: nodes, rows: rows,
            style: Style(hasColor: false))
    }

    private func both(_ status: PacemakerStatus, _ facts: [String: String] = [:]) -> [NodeFacts] {
        ["nodo1", "nodo2"].map {
            NodeFacts(
                node: $0, status: status, facts: ["links": Self.links, "iscsi": "LOGGED_IN"].merging(facts) { $1 })
        }
    }

    /// A step with what its probe would find.
    private func row<A: Action>(_ type: A.Type, _ verdicts: [NodeName: Verdict]) throws -> PlanProbe.Row {
        let reader = TableReader(
            Table([], at: SourceLocation(file: "with.toml", line: 1, column: 1)), title: "`with`")
        let peers = ["nodo1", "nodo2"].map { Peer(name: $0, address: "192.0.2.1", links: []) }
        let action = A(reading: reader, peers: peers)
        let step = PlannedStep(
            id: StepID(stage: "fencing", step: "restart"), kind: A.kind, action: try #require(action),
            target: .nodes(["nodo1"]), isRolling: false)
        return PlanProbe.Row(step: step, verdicts: verdicts)
    }

    @Test("a cluster that is as the inventory wants it is healthy, in one word")
    func healthy() throws {
        let view = view(both(try status()))
        #expect(view.verdict == .healthy)
        #expect(
            view.text == """
                lab
                  NODE   STATE       LINKS  ISCSI      RUNS
                  nodo1  online  DC  1/1    LOGGED_IN  fence-sbd
                  nodo2  online      1/1    LOGGED_IN
                  quorate, fencing on, 1 resources
                  healthy
                """)
    }

    @Test("what is wrong is named with a line that can be typed, and the cluster is not healthy")
    func broken() throws {
        let view = view(
            both(try status(fencing: false, standby: true)),
            rows: [try row(SBDRestartAction.self, ["nodo1": .needed("sbd.service does not run"), "nodo2": .satisfied])])
        #expect(view.verdict == .broken)
        #expect(
            view.text == """
                lab
                  NODE   STATE        LINKS  ISCSI      RUNS
                  nodo1  online   DC  1/1    LOGGED_IN  fence-sbd
                  nodo2  standby      1/1    LOGGED_IN
                  quorate, fencing OFF, 1 resources
                  problem  nodo2: is in standby, so nothing can fail over to it
                           harun exec 'my lab.toml' --on nodo2 -- 'pcs node unstandby nodo2 && crm_attribute --node nodo2 --name standby --lifetime reboot --delete'
                  problem  FENCING IS OFF: after a split both nodes may write to the same file system
                           harun deploy 'my lab.toml' --only fencing
                  problem  nodo1: fencing/restart: sbd.service does not run
                           harun deploy 'my lab.toml' --only fencing
                  NOT HEALTHY: 3 problems
                """)
    }

    @Test("what could not be asked is unknown: neither well nor wrong")
    func unknown() throws {
        let away = NodeFacts(node: "nodo2", status: nil, facts: [:], problem: "connection refused")
        let view = view(
            [both(try status())[0], away],
            rows: [try row(SBDRestartAction.self, [:]), try row(SBDRestartAction.self, [:])])
        #expect(view.verdict == .unknown)
        #expect(view.findings.map(\.severity) == [.unknown, .unknown])
        #expect(view.text.contains("unknown  nodo2: cannot be asked: connection refused"))
        #expect(
            view.text.contains("unknown  fencing/restart, fencing/restart: not known while nodo2 cannot be asked"))
        #expect(view.text.contains("UNKNOWN: nothing is known to be wrong, and 2 could not be asked"))
    }

    @Test("a refusal, a probe that could not tell and a difference are told apart, and said once for all nodes")
    func verdicts() throws {
        func one(_ verdict: Verdict) throws -> StatusFinding? {
            let rows = [try row(SBDRestartAction.self, ["nodo1": verdict, "nodo2": verdict])]
            let found = view(both(try status()), rows: rows).findings
            #expect(found.count <= 1)
            return found.first
        }
        #expect(try one(.satisfied) == nil)
        #expect(try one(.needed("a")) == StatusFinding(.problem, "fencing/restart: a", mend: .deploy(stage: "fencing")))
        #expect(try one(.refused("b")) == StatusFinding(.problem, "fencing/restart: b", mend: .plan))
        #expect(try one(.failed("c")) == StatusFinding(.unknown, "fencing/restart: c", mend: .plan))
    }

    @Test("JSON tells the verdict, and of each finding how bad it is, where, and what to type")
    func json() throws {
        let json = view(both(try status(standby: true))).json
        #expect(json.hasPrefix("{\"cluster\":\"lab\",\"fencing\":true,\"findings\":[{\"next\":\"harun exec"))
        #expect(json.contains("\"nodes\":[\"nodo2\"],\"severity\":\"problem\",\"what\":\"is in standby"))
        #expect(json.hasSuffix("\"verdict\":\"broken\"}"))
    }

    @Test("fencing is on only where a device runs, whatever the property says")
    func device() throws {
        var status = try status()
        status.resources = []
        let view = view(both(status))
        #expect(view.text.contains("fencing WITHOUT A DEVICE"))
        #expect(view.json.contains("\"fencing\":false"))
    }

    @Test("a cluster of which nobody answered is a screen and no crash")
    func nobodyAnswers() {
        let view = view([NodeFacts(node: "nodo1", status: nil, facts: [:], problem: "connection refused")])
        #expect(view.verdict == .unknown)
        #expect(
            view.text == """
                lab
                  NODE   STATE          LINKS  ISCSI  RUNS
                  nodo1  unreachable    -      -
                  unknown  nodo1: cannot be asked: connection refused
                  unknown  Pacemaker runs on none of the nodes that answered
                  UNKNOWN: nothing is known to be wrong, and 2 could not be asked
                """)
    }

    @Test("a failover's proof is told with its outage and without its hash")
    func proofs() throws {
        let proof = """
            {"configuration":"445a","figures":{"from":"nodo1","outage_seconds":"93.0","service_outage_seconds":"98.4",\
            "to":"nodo2"},"time":"2026-11-23T20:43:43Z"}
            """
        let hash = String(repeating: "a", count: 64)
        let facts = ["proof.failover": proof, "proof.fencing": "\(hash) 2026-11-23T20:36:50Z nodo2 fenced in 28.2 s"]
        let text = view(both(try status(), facts)).text
        #expect(
            text.contains(
                "proof    failover: nodo1 to nodo2, address away 93 s, service away 98 s, 2026-11-23T20:43:43Z"))
        #expect(text.contains("proof    fencing: 2026-11-23T20:36:50Z nodo2 fenced in 28.2 s"))
    }
}
