import Documents
import Steps
import Testing
import Transport

@testable import Actions

@Suite("cib.resources")
struct CIBResourcesActionTests {
    private func action(_ pairs: [(String, Value.Content)] = Example.service) throws -> CIBResourcesAction {
        try make(CIBResourcesAction.self, pairs: pairs)
    }

    private func fragment() throws -> CIBFragment {
        let place = SourceLocation(file: "x", line: 1, column: 1)
        let entries = Example.service.map { Table.Entry(key: $0.0, keyLocation: place, value: Value($0.1, at: place)) }
        let service = ServiceResources(reading: TableReader(Table(entries, at: place), title: "with"))
        return try #require(service).fragment(device: Example.device)
    }

    private func seen(_ cib: String, _ facts: [String: String] = [:], status: String = Example.status()) -> Observation
    {
        found(["lun": Example.device, "nic": "br0", "status": status].merging(facts) { $1 }, secrets: ["cib": cib])
    }

    @Test("the scripts are as recorded")
    func golden() throws {
        let cib = try Example.idleCIB().xml
        let both: [NodeName: Observation] = ["nodo1": seen(cib), "nodo2": seen(cib)]
        try GoldenScripts.expect(try action(), both)
        let bare = try action(Example.without("interface"))
        try GoldenScripts.expect(bare.probe("nodo1"), "cib.resources.anyInterface.probe")
        let there = try Example.idleCIB().merged(with: fragment())
        let again = try #require(action().apply("nodo1", ["nodo1": seen(there)]))
        try GoldenScripts.expect(again, "cib.resources.cleanup.apply")
    }

    @Test("an empty cluster needs the push, a finished one nothing")
    func states() throws {
        let empty = try Example.idleCIB()
        let action = try action()
        let first = action.judge(["nodo1": seen(empty.xml), "nodo2": seen(empty.xml)])
        guard case .needed(let why) = first["nodo1"] else {
            Issue.record("\(first)")
            return
        }
        #expect(why.contains("vm_opencart: new resource of ocf:heartbeat:VirtualDomain"))
        let done = try empty.merged(with: fragment())
        let verdicts = action.judge(["nodo1": seen(done, ["mounted": "yes"]), "nodo2": seen(done)])
        #expect(verdicts == ["nodo1": .satisfied, "nodo2": .satisfied])
    }

    @Test("only a change of what an agent is started with interrupts a service, and only one that runs")
    func outage() throws {
        func outage(_ pairs: [(String, Value.Content)], _ cib: String, status: String = Example.status()) throws
            -> Outage?
        {
            try action(pairs).outage(["nodo1": seen(cib, status: status), "nodo2": seen(cib, status: status)])
        }
        let empty = try Example.idleCIB()
        let done = try empty.merged(with: fragment())
        #expect(try outage(Example.service, empty.xml) == nil, "nothing is there to be interrupted")
        #expect(try outage(Example.service, done) == nil, "nothing changes")
        let moved = Example.without("address") + [("address", .string("10.77.0.201/24"))]
        let address = try #require(try outage(moved, done))
        #expect(address == Outage(what: "stops virtual_ip and starts it again", isForProof: false))
        #expect(try outage(moved, done, status: Example.status(role: "Stopped")) == nil, "it does not run")
        #expect(try outage(moved, done, status: "cut off") == address, "what nobody can tell counts as running")
        let slower = Example.service + [("start_timeout", .string("200s"))]
        #expect(try outage(slower, done) == nil, "a timeout restarts nothing")
        // What stands below takes along whatever needs it; the address stays beside them.
        let options = done.replacing("noatime,errors=remount-ro", with: "relatime")
        #expect(
            try outage(Example.service, options)?.what
                == "stops shared_storage, vm_opencart and starts it again")
    }

    @Test("a service is brought where none of its resources is there, and by no update")
    func brings() throws {
        let empty = try Example.idleCIB()
        let done = try empty.merged(with: fragment())
        #expect(try action().bringsService(["nodo1": seen(empty.xml)]))
        #expect(try !action().bringsService(["nodo1": seen(done)]))
        #expect(try !action().bringsService(["nodo1": found()]))
    }

    @Test("what stands in the way is named before anything is pushed")
    func obstacles() throws {
        let cib = try Example.idleCIB().xml
        let taken = try Example.idleCIB().merged(
            with: CIBFragment(primitives: [.init("virtual_ip", agent: "ocf:heartbeat:Dummy", attributes: [:])]))
        let cases: [(Observation, String)] = [
            (seen(cib, ["duplicate": "yes"]), "already answers for 10.77.0.200"),
            (seen(cib, ["lun": "/dev/disk/by-id/wwn-0xother"]), "different disks"),
            (seen(cib, ["mounted": "yes"]), "mounted on nodo2 outside the cluster"),
            (seen(taken), "exists with agent ocf:heartbeat:Dummy"),
        ]
        for (second, words) in cases {
            let cib = second.secrets["cib"] ?? ""
            let verdicts = try action().judge(["nodo1": seen(cib), "nodo2": second])
            let reasons = verdicts.values.filter(\.isObstacle).map(\.reason)
            #expect(reasons.contains { $0.contains(words) }, "\(words): \(verdicts)")
        }
        var blind = seen(cib)
        blind.facts["nic"] = nil
        #expect(
            try action().judge(["nodo1": seen(cib), "nodo2": blind])["nodo2"]?.reason.contains(
                "nodo2 has no interface br0")
                == true)
    }

    @Test("the LUN mounted anywhere outside of the cluster is a second writer")
    func elsewhere() throws {
        let done = try Example.idleCIB().merged(with: fragment())
        let cases: [([String: String], String?)] = [
            (["mounted.elsewhere": "/data"], "the LUN is mounted at /data, outside of the cluster"),
            (["mounted": "yes", "mounted.lun": "no"], "another disk is mounted at /mnt/shared_storage"),
            // A second place on the node that has it at its own is no second writer.
            (["mounted": "yes", "mounted.lun": "yes", "mounted.elsewhere": "/data"], nil),
        ]
        for (facts, words) in cases {
            let verdict = try action().judge(["nodo1": seen(done, facts), "nodo2": seen(done)])["nodo1"]
            #expect(verdict?.isObstacle == (words != nil), "\(facts): \(String(describing: verdict))")
            if let words { #expect(verdict?.reason.contains(words) == true, "\(String(describing: verdict))") }
        }
    }

    @Test("nothing that writes to the LUN is given to a cluster without fencing, unless the inventory accepts it")
    func unfenced() throws {
        let fenced = "<primitive id=\"fence-sbd\" class=\"stonith\" type=\"fence_sbd\"/>"
        let off = try Example.idleCIB().xml
        let on = off.replacing("value=\"false\"", with: "value=\"true\"")
        let device = on.replacing("<resources/>", with: "<resources>\(fenced)</resources>")
        for (cib, isRefused) in [(off, true), (on, true), (device, false)] {
            let action = try action(Example.without("fencing") + [("fencing", .string("sbd"))])
            let verdict = try #require(action.judge(["nodo1": seen(cib), "nodo2": seen(cib)])["nodo1"], "\(cib)")
            #expect(verdict.isObstacle == isRefused, "\(verdict)")
            #expect(verdict.reason.contains("run the stage fencing first") == isRefused)
        }
    }

    @Test("a configuration that is right is not enough: everything must run, once, together, and be mounted there")
    func running() throws {
        let done = try Example.idleCIB().merged(with: fragment())
        let failure =
            "<failure op_key=\"vm_opencart_start_0\" node=\"nodo2\" exitstatus=\"error\" exitcode=\"1\" exitreason=\"no disk\"/>"
        let cases: [(String, String)] = [
            (Example.status(role: "Stopped"), "shared_storage is stopped"),
            (Example.status(failures: failure), "vm_opencart_start_0 failed on nodo2 with code 1: no disk"),
        ]
        for (status, words) in cases {
            let observation = seen(done, ["mounted": "yes"], status: status)
            let verdicts = try action().judge(["nodo1": observation, "nodo2": seen(done, status: status)])
            #expect(verdicts["nodo1"]?.reason.contains(words) == true, "\(verdicts)")
        }
        let twice = seen(done, ["mounted": "yes"])
        #expect(try action().judge(["nodo1": twice, "nodo2": twice])["nodo1"]?.reason.contains("at once") == true)
        #expect(try action().judge(["nodo1": seen(done), "nodo2": seen(done)])["nodo1"]?.isObstacle == true)
    }

    @Test("a renamed machine, a dropped machine or address, and what a person stopped are refused with the way out")
    func disagreement() throws {
        let done = try Example.idleCIB().merged(with: fragment())
        func reason(_ pairs: [(String, Value.Content)], _ cib: String) throws -> String? {
            let verdict = try action(pairs).judge(["nodo1": seen(cib, ["mounted": "yes"]), "nodo2": seen(cib)])["nodo1"]
            if case .refused(let why) = verdict { return why }
            return nil
        }
        #expect(try reason(Example.service, done) == nil)
        let renamed = Example.without("vm") + [("vm", Value.Content.string("shop"))]
        for pairs in [renamed, Example.without("vm")] {
            let why = try #require(try reason(pairs, done))
            #expect(why.contains("the cluster keeps vm_opencart for an earlier inventory"), "\(why)")
            #expect(why.hasSuffix("pcs resource delete vm_opencart"))
        }
        #expect(try reason(Example.without("address", "interface"), done)?.contains("its [address]") == true)
        let cib = try #require(CIB(xml: done))
        let off = cib.merged(
            with: CIBFragment(primitives: [
                .init(
                    "vm_opencart", agent: "ocf:heartbeat:VirtualDomain", attributes: [:],
                    meta: ["target-role": "Stopped"])
            ]))
        #expect(try reason(Example.service, off)?.hasSuffix("pcs resource enable vm_opencart") == true)
    }

    @Test("before there is a cluster the step is only not done yet")
    func tooEarly() throws {
        let early = Observation(code: ScriptPrelude.needed, note: "Pacemaker is not installed yet")
        let verdicts = try action().judge(["nodo1": early, "nodo2": early])
        #expect(verdicts["nodo1"] == .needed("Pacemaker is not installed yet"))
    }

    @Test("names and addresses that could leave their place in a script are refused")
    func names() {
        for (key, value) in [("vm", "a'; reboot"), ("address", "10.0.0.1"), ("mount", "relative")] {
            let pairs = Example.without(key) + [(key, Value.Content.string(value))]
            #expect(throws: (any Error).self) {
                let place = SourceLocation(file: "x", line: 1, column: 1)
                let entries = pairs.map { Table.Entry(key: $0.0, keyLocation: place, value: Value($0.1, at: place)) }
                let reader = TableReader(Table(entries, at: place), title: "with")
                _ = CIBResourcesAction(reading: reader, peers: twoPeers)
                if !reader.diagnostics.isEmpty { throw DiagnosticError(reader.diagnostics) }
            }
        }
    }
}
