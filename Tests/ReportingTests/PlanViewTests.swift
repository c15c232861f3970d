import Actions
import Documents
import Reporting
import Testing
import Transport

@testable import Planning

@Suite("Tables and screens")
struct PlanViewTests {
    private func step(_ name: String = "format", scope: Scope = .node) -> PlannedStep {
        PlannedStep(
            id: StepID(stage: "storage", step: name), kind: "fs.make", action: Shown(scope: scope),
            target: .nodes(["nodo1", "nodo2"]), isRolling: false)
    }

    private func view(_ rows: PlanRow...) -> PlanView {
        PlanView(PlannedStage(name: "storage", summary: "the LUN", steps: rows.map(\.step)), rows: rows)
    }

    @Test("a plan says for each step and node what is, what will be, and how it is undone")
    func plan() {
        let verdicts: [NodeName: Verdict] = [
            "nodo1": .needed("it is empty\nreally"), "nodo2": .satisfied, "nodo3": .refused("it holds ext4"),
            "nodo4": .failed("no such disk"),
        ]
        #expect(
            view(PlanRow(step: step(), verdicts: verdicts)).text == """
                storage  the LUN
                  format  nodo1  will do: it is empty    no undo
                  format  nodo2  ok                      no undo
                  format  nodo3  REFUSED: it holds ext4  no undo
                  format  nodo4  FAILED: no such disk    no undo

                """)
    }

    @Test("every problem of a node has a line of its own, below the others")
    func problems() {
        let verdicts: [NodeName: Verdict] = ["nodo1": .refused("no NTP\nno root"), "nodo2": .failed("lost\nreally")]
        #expect(
            view(PlanRow(step: step(), verdicts: verdicts)).text == """
                storage  the LUN
                  format  nodo1  REFUSED: no NTP   no undo
                                          no root
                  format  nodo2  FAILED: lost      no undo
                                         really

                """)
    }

    @Test("what an earlier step has to do first is no refusal yet, in text and in JSON")
    func dependent() {
        var outlook = PlanOutlook()
        let rows = outlook.rows([
            (step("login"), ["nodo1": .needed("no session"), "nodo2": .refused("no password")]),
            (step("mount"), ["nodo1": .refused("no disk\nat all"), "nodo2": .failed("no disk")]),
            (step("lun", scope: .fleet), ["nodo1": .failed("nodo1 sees nothing"), "nodo2": .refused("no disk")]),
        ])
        #expect(
            view(rows[0], rows[1], rows[2]).text == """
                storage  the LUN
                  login  nodo1  will do: no session                              no undo
                  login  nodo2  REFUSED: no password                             no undo
                  mount  nodo1  depends on an earlier step (no disk)             no undo
                  mount  nodo2  FAILED: no disk                                  no undo
                  lun    nodo1  depends on an earlier step (nodo1 sees nothing)  no undo
                  lun    nodo2  depends on an earlier step (no disk)             no undo

                """)
        #expect(rows.map(\.isRefused) == [true, false, false])
        #expect(rows.map(\.isFailed) == [false, true, false])
        let lines = view(rows[1]).json.split(separator: "\n")
        #expect(lines.first?.hasSuffix("\"verdict\":\"depends\"}") == true)
        #expect(lines.last?.hasSuffix("\"verdict\":\"failed\"}") == true)
        let later = outlook.rows([(step(), ["nodo1": .refused("no disk"), "nodo3": .refused("it holds ext4")])])
        #expect(later.first?.isRefused == true, "nodo3 has nothing to wait for")
    }

    @Test("a plan's JSON is one object for each step and node")
    func planJSON() throws {
        let row = PlanRow(step: step(), verdicts: ["nodo2": .satisfied, "nodo1": .needed("empty")])
        let lines = view(row).json.split(separator: "\n")
        #expect(
            lines.first.map(String.init)
                == "{\"action\":\"fs.make\",\"node\":\"nodo1\",\"reason\":\"empty\",\"stage\":\"storage\","
                + "\"step\":\"format\",\"summary\":\"make a file system\",\"undo\":{\"impossible\":"
                + "{\"_0\":\"what was there is gone\"}},\"verdict\":\"needed\"}")
        #expect(lines.count == 2)
    }

    @Test("columns are as wide as their widest cell, and no line ends in spaces")
    func table() {
        #expect(TextTable(["A", "LONG"], [["xxx", "y"], ["z", ""]]).text == "A    LONG\nxxx  y\nz")
        #expect(TextTable([], []).text == "")
        #expect(TextTable([], [["a"], ["b", "c"]]).text == "a\nb  c")
    }

    @Test("JSON is one line, its keys sorted, its slashes as they are")
    func json() {
        #expect(JSONText.line(["b": "a/b\n", "a": "ü"]) == "{\"a\":\"ü\",\"b\":\"a/b\\n\"}")
    }

    @Test("a cluster of which nobody answered is a screen with warnings and no crash")
    func nobodyAnswers() {
        let view = ClusterStatusView(
            title: "opencart_cluster",
            nodes: [NodeFacts(node: "nodo1", status: nil, facts: [:], problem: "connection refused")],
            style: Style(hasColor: false))
        #expect(
            view.text == """
                opencart_cluster
                  NODE   STATE          ISCSI  RUNS
                  nodo1  unreachable    -
                  warning  nodo1: connection refused
                  warning  Pacemaker runs on none of the nodes that answered
                """)
    }

    @Test("two places for what may run once are shouted, and a fleet without fencing too")
    func warnings() throws {
        let xml = """
            <pacemaker-result api-version="2.30"><summary>
            <current_dc present="true" version="2.1.5" name="nodo1" id="1" with_quorum="true"/>
            <cluster_options stonith-enabled="false" maintenance-mode="false" no-quorum-policy="stop"/></summary>
            <nodes><node name="nodo1" id="1" online="true" standby="false" standby_onfail="false" maintenance="false"
            pending="false" unclean="false" shutdown="false" expected_up="true" is_dc="true" resources_running="0"
            type="member"/><node name="nodo2" id="2" online="true" standby="true" standby_onfail="false"
            maintenance="false" pending="false" unclean="false" shutdown="false" expected_up="true" is_dc="false"
            resources_running="0" type="member"/></nodes><status code="0" message="OK"/></pacemaker-result>
            """
        let status = try #require(PacemakerStatus(xml: xml))
        let facts = ["mount": "/dev/sdb", "iscsi": "LOGGED_IN", "proof.fencing": "2026-11-23 nodo2"]
        let view = ClusterStatusView(
            title: "lab",
            nodes: ["nodo1", "nodo2"].map { NodeFacts(node: $0, status: status, facts: facts, problem: nil) },
            style: Style(hasColor: false))
        #expect(
            view.text == """
                lab
                  NODE   STATE        ISCSI      RUNS
                  nodo1  online   DC  LOGGED_IN
                  nodo2  standby      LOGGED_IN
                  quorate, fencing OFF, 0 resources
                  proof    fencing: 2026-11-23 nodo2
                  warning  FENCING IS OFF: after a split both nodes may write to the same file system
                  warning  nodo2 is in standby
                  warning  the shared file system is mounted on nodo1 AND nodo2 at once
                """)
        #expect(view.json.hasPrefix("{\"cluster\":\"lab\",\"fencing\":false,\"nodes\":["))
    }

    @Test("a node that has lost the disk is told, though nothing runs there yet")
    func sessions() throws {
        let xml = """
            <pacemaker-result api-version="2.30"><summary><current_dc present="true" version="2.1.5" name="nodo1" id="1"
            with_quorum="true"/><cluster_options stonith-enabled="true" maintenance-mode="false"/></summary><nodes>
            <node name="nodo1" id="1" online="true" standby="false" standby_onfail="false" maintenance="false"
            pending="false" unclean="false" shutdown="false" expected_up="true" is_dc="true" resources_running="0"
            type="member"/></nodes><status code="0" message="OK"/></pacemaker-result>
            """
        let status = try #require(PacemakerStatus(xml: xml))
        for (state, warning) in [
            ("LOGGED_IN", nil), ("LOGGED_IN LOGGED_IN", nil),
            ("none", "nodo1 has no iSCSI session, so nothing could run there"),
            ("LOGGED_IN FAILED", "nodo1 has an iSCSI session that is FAILED, so nothing could run there"),
        ] {
            let facts = NodeFacts(node: "nodo1", status: status, facts: ["iscsi": state], problem: nil)
            let view = ClusterStatusView(title: "lab", nodes: [facts], style: Style(hasColor: false))
            #expect(view.warnings == (warning.map { [$0] } ?? []))
        }
    }

    @Test("a failover's proof is told with its outage and without its hash")
    func proofs() {
        let proof = """
            {"configuration":"445a","figures":{"from":"nodo1","outage_seconds":"93.0","service_outage_seconds":"98.4",\
            "to":"nodo2"},"time":"2026-11-23T20:43:43Z"}
            """
        let hash = String(repeating: "a", count: 64)
        let facts = ["proof.failover": proof, "proof.fencing": "\(hash) 2026-11-23T20:36:50Z nodo2 fenced in 28.2 s"]
        let view = ClusterStatusView(
            title: "lab", nodes: [NodeFacts(node: "nodo1", status: nil, facts: facts, problem: nil)],
            style: Style(hasColor: false))
        #expect(
            view.text.contains(
                "proof    failover: nodo1 to nodo2, address away 93 s, service away 98 s, 2026-11-23T20:43:43Z"))
        #expect(view.text.contains("proof    fencing: 2026-11-23T20:36:50Z nodo2 fenced in 28.2 s"))
    }
}
