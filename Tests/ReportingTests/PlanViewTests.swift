import Documents
import Reporting
import Steps
import Testing
import Transport

@testable import Planning

@Suite("Tables and screens")
struct PlanViewTests {
    private func step(_ name: String = "format", scope: Scope = .node, action: Shown? = nil) -> PlannedStep {
        PlannedStep(
            id: StepID(stage: "storage", step: name), kind: "fs.make", action: action ?? Shown(scope: scope),
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

    @Test("a proof of the cluster's configuration is none any more where an earlier step changes it")
    func outdated() throws {
        func rows(_ verdict: Verdict) -> [PlanRow] {
            var outlook = PlanOutlook()
            return outlook.rows([
                (step("configuration", action: Shown(changesConfiguration: true)), ["nodo1": verdict], nil),
                (step("other"), ["nodo1": .satisfied], nil),
                (step("move", action: Shown(provesConfiguration: true)), ["nodo1": .satisfied], nil),
            ])
        }
        let changed = rows(.needed("a timeout"))
        #expect(view(changed[1]).text.contains("other  nodo1  ok"))
        #expect(view(changed[2]).text.contains("which an earlier step changes: put off without --outage"))
        #expect(view(changed[2]).json.contains("\"verdict\":\"depends\""))
        #expect(!changed[2].isRefused && !changed[2].isFailed)
        #expect(view(rows(.satisfied)[2]).text.contains("move  nodo1  ok"))
    }

    @Test("what an earlier step has to do first is no refusal yet, in text and in JSON")
    func dependent() {
        var outlook = PlanOutlook()
        let rows = outlook.rows([
            (step("login"), ["nodo1": .needed("no session"), "nodo2": .refused("no password")], nil),
            (step("mount"), ["nodo1": .refused("no disk\nat all"), "nodo2": .failed("no disk")], nil),
            (step("lun", scope: .fleet), ["nodo1": .failed("nodo1 sees nothing"), "nodo2": .refused("no disk")], nil),
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
        let later = outlook.rows([(step(), ["nodo1": .refused("no disk"), "nodo3": .refused("it holds ext4")], nil)])
        #expect(later.first?.isRefused == true, "nodo3 has nothing to wait for")
    }

    @Test("what would interrupt a service that runs is told before, in text and in JSON")
    func outages() {
        let proof = Outage(what: "stops vm_shop on its node and starts it on another", isForProof: true)
        let verdicts: [NodeName: Verdict] = ["nodo1": .needed("the configuration changed")]
        let stale = view(PlanRow(step: step(), verdicts: verdicts, outage: proof))
        #expect(
            stale.text == """
                storage  the LUN
                  format  nodo1  put off without --outage: the configuration changed            no undo
                                   with it: stops vm_shop on its node and starts it on another

                """)
        #expect(stale.json.contains("\"outage\":\"stops vm_shop on its node and starts it on another\""))
        let change = Outage(what: "stops virtual_ip and starts it again", isForProof: false)
        #expect(
            view(PlanRow(step: step(), verdicts: verdicts, outage: change)).text
                .contains("nodo1  needs --outage: the configuration changed"))
    }

    @Test("what people should know stands beside a node that is well, and beside no other")
    func remarks() {
        let row = PlanRow(
            step: step(), verdicts: ["nodo1": .satisfied, "nodo2": .refused("no")],
            remarks: ["nodo1": "memory is tight", "nodo2": "memory is tight"])
        #expect(
            view(row).text == """
                storage  the LUN
                  format  nodo1  ok, but memory is tight  no undo
                  format  nodo2  REFUSED: no              no undo

                """)
        #expect(view(row).json.contains("\"remark\":\"memory is tight\""))
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
}
