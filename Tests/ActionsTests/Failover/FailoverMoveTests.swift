import Documents
import Foundation
import Steps
import Testing
import Transport

@testable import Actions

@Suite("failover.move")
struct FailoverMoveTests {
    private func action(budget: String = "60s", probe: String = "http://10.77.0.50/") throws -> FailoverMoveProcedure {
        try make(
            FailoverMoveProcedure.self,
            [
                "budget": .string(budget), "probe": .string(probe), "address": .string("10.77.0.200/24"),
                "vm": .string("opencart"), "mount": .string("/mnt/shared_storage"),
            ])
    }

    private func perform(
        _ world: FailoverWorld, budget: String = "60s", probe: String = "http://10.77.0.50/"
    ) async throws -> [String: String] {
        try await action(budget: budget, probe: probe).perform(on: "nodo1", [:], in: world)
    }

    @Test("the scripts are as recorded")
    func golden() throws {
        let action = try action()
        try GoldenScripts.expect(action)
        try GoldenScripts.expect(action.audit.script, "failover.move.audit")
        try GoldenScripts.expect(Script(FailoverMove.arm), "failover.move.arm")
        try GoldenScripts.expect(Script(FailoverMove.revert), "failover.move.revert")
    }

    @Test("a good move is measured, proven on every node, and then not done again")
    func good() async throws {
        let cib = try Example.idleCIB().xml
        let world = FailoverWorld(cib: cib)
        let figures = try await perform(world)
        #expect(figures["from"] == "nodo1")
        #expect(figures["to"] == "nodo2")
        let outage = try #require(figures["outage_seconds"].flatMap(Double.init))
        #expect(outage >= 12 && outage <= 12.5)
        #expect(figures["service_outage_seconds"] == figures["outage_seconds"])
        #expect(figures["timeline"]?.contains("icmp 10.77.0.200: ") == true)
        let state = world.state
        #expect(state.stopped.isEmpty && !state.isArmed)
        let proof = try #require(state.proofs["nodo2"])
        #expect(state.proofs["nodo1"] == proof)
        let seen = found(["proof": proof], secrets: ["cib": cib])
        #expect(try action().judge(["nodo1": seen, "nodo2": seen]) == ["nodo1": .satisfied, "nodo2": .satisfied])
        // A smaller budget or another configuration asks for a new one.
        #expect(
            try action(budget: "5s").judge(["nodo1": seen])["nodo1"]?.reason.contains("more than the budget") == true)
        let changed = try Example.idleCIB().merged(with: CIBFragment(defaults: ["resource-stickiness": "1"]))
        let other = found(["proof": proof], secrets: ["cib": changed])
        #expect(try action().judge(["nodo1": other])["nodo1"]?.reason.contains("configuration changed") == true)
    }

    @Test("fencing that is switched off voids the proof by whichever name, and a new name for the same does not")
    func fencing() throws {
        func print(_ properties: [String: String]) throws -> String {
            let cib = try Example.idleCIB().xml.replacing(" name=\"stonith-enabled\"", with: " name=\"unused\"")
            let merged = try #require(CIB(xml: cib)).merged(with: CIBFragment(properties: properties))
            return FailoverProof.fingerprint(try #require(CIB(xml: merged)))
        }
        let on = try print(["stonith-enabled": "true"])
        // Of a cluster that was proven before there was a new name.
        #expect(on == "be64a396a361fc718ec1bb2dca9ed73a4c3a9b8faee00ad6abdf2bfe1c9e65af")
        #expect(try print(["fencing-enabled": "true"]) == on)
        #expect(try print(["fencing-enabled": "true", "stonith-enabled": "true"]) == on)
        let off = try [
            ["fencing-enabled": "false"], ["fencing-enabled": "false", "stonith-enabled": "true"],
            ["fencing-enabled": "true", "stonith-enabled": "false"], ["stonith-enabled": "false"], [:],
        ].map(print)
        #expect(!off.contains(on))
        #expect(off[0] == off[3])
    }

    /// A second machine on the file system: bound to it, or by nothing.
    private func second(bound: Bool) throws -> String {
        let storage = try service(Example.without("vm", "address")).fragment(device: Example.device)
        var more = CIBFragment(primitives: [
            .init("vm_b", agent: "ocf:heartbeat:VirtualDomain", attributes: ["config": "/mnt/shared_storage/b.xml"])
        ])
        if bound {
            more.constraints = [
                .colocation(id: "c", resource: "vm_b", with: "shared_storage"),
                .order(id: "o", first: "shared_storage", then: "vm_b"),
            ]
        }
        let merged = try #require(CIB(xml: try Example.idleCIB().merged(with: storage)))
        return merged.merged(with: more)
    }

    @Test("nothing is stopped while another machine on the file system stands still or is bound to nothing")
    func others() async throws {
        for (bound, words) in [(true, "vm_b, which needs shared_storage too, is stopped"), (false, "vm_b needs /mnt")] {
            let world = FailoverWorld(cib: try second(bound: bound))
            let failure = await #expect(throws: ProcedureFailure.self) { try await perform(world) }
            #expect(failure?.message.contains(words) == true, "\(String(describing: failure))")
            #expect(world.state.injected == nil)
        }
    }

    @Test("machines that are not the inventory's are counted by their processes")
    func processes() throws {
        let cib = try #require(CIB(xml: try second(bound: true)))
        var audit = try action().audit
        audit.dependents = StorageDependents(
            cib, mount: "/mnt/shared_storage", definitions: "/mnt/shared_storage/b.xml\tb\n")
        #expect(audit.script.text.contains("fact machines.0 \"$(pgrep -fc -- 'guest=[b](,|$)')\""))
        let ids = ["shared_storage", "vm_opencart", "virtual_ip", "vm_b"]
        func problems(_ counts: [NodeName: String]) -> [String] {
            var facts: [NodeName: [String: String]] = [:]
            for (node, count) in counts {
                facts[node] = ["status": Example.status(ids: ids), "machines": node == "nodo1" ? "1" : "0"]
                facts[node]?["machines.0"] = count
                if node == "nodo1" { facts[node]?.merge(["mounted": "yes", "address": "yes"]) { $1 } }
            }
            return audit.problems(facts, nodes: ["nodo1", "nodo2"])
        }
        #expect(problems(["nodo1": "1", "nodo2": "0"]) == [])
        #expect(problems(["nodo1": "1", "nodo2": "1"]) == ["b runs on nodo1 and nodo2, and should be on nodo1 alone"])
    }

    @Test("a failover of what the cluster runs is an outage, with the length of the last one; on bare nodes it is none")
    func outage() throws {
        let action = try action()
        #expect(action.outage(["nodo1": found([:])]) == nil)
        #expect(action.outage(["nodo1": found([:], secrets: ["cib": try Example.idleCIB().xml])]) == nil)
        let resources = try make(CIBResourcesAction.self, pairs: Example.service)
        let fragment = CIBFragment(primitives: [
            .init("shared_storage", agent: "ocf:heartbeat:Filesystem", attributes: [:])
        ])
        let cib = try Example.idleCIB().merged(with: fragment)
        let first = try #require(action.outage(["nodo1": found([:], secrets: ["cib": cib])]))
        #expect(first.isForProof && first.last == nil)
        #expect(first.what.contains("stops \(resources.resourceIDs.joined(separator: ", ")) on the node that runs it"))
        let proof = FailoverProof(
            configuration: "x", time: .init(timeIntervalSince1970: 0),
            figures: ["outage_seconds": "76.4", "service_outage_seconds": "85.1"])
        let next = action.outage(["nodo1": found(["proof": proof.json], secrets: ["cib": cib])])
        #expect(next?.last == "85.1 s, measured 1970-01-01T00:00:00Z")
    }

    @Test("the timer on the node is armed before anything is stopped")
    func deadMan() async throws {
        let world = FailoverWorld(cib: try Example.idleCIB().xml)
        _ = try await perform(world)
        let log = world.state.log
        let armed = try #require(log.firstIndex { $0.contains("systemd-run") })
        let stopped = try #require(log.firstIndex { $0.contains("--no-block stop") })
        #expect(armed < stopped)
    }

    @Test("what a killed harun left stopped is started again before anything is measured")
    func leftStopped() async throws {
        let world = FailoverWorld(stopped: ["nodo2"], cib: try Example.idleCIB().xml)
        #expect(try await perform(world)["to"] == "nodo2")
        let state = world.state
        #expect(state.stopped.isEmpty && !state.isArmed)
    }

    @Test(
        "a question without an answer when the watch ends is no outage, where one behind the node's return had its answer"
    )
    func slowAtTheEnd() async throws {
        let world = FailoverWorld(fault: .slowAtTheEnd, cib: try Example.idleCIB().xml)
        let figures = try await perform(world)
        #expect(figures["outage_seconds"].flatMap(Double.init).map { $0 >= 12 && $0 <= 12.5 } == true)
    }

    @Test("too long an outage fails, with the cluster well and nothing proven")
    func overBudget() async throws {
        let world = FailoverWorld(takes: .seconds(90), cib: try Example.idleCIB().xml)
        let error = await #expect(throws: ProcedureFailure.self) { try await perform(world) }
        #expect(error?.message.contains("60.0 s is the budget") == true)
        let state = world.state
        #expect(state.proofs.isEmpty && state.stopped.isEmpty)
    }

    @Test(
        "whatever fails in between, Pacemaker is started again",
        arguments: [FailoverWorld.Fault.neverMoves, .wandersBack])
    func failures(fault: FailoverWorld.Fault) async throws {
        let world = FailoverWorld(fault: fault, cib: try Example.idleCIB().xml)
        let error = await #expect(throws: ProcedureFailure.self) { try await perform(world) }
        #expect(error?.message.contains("Pacemaker was started on nodo1 again") == true, "\(error?.message ?? "")")
        let state = world.state
        #expect(state.stopped.isEmpty && !state.isArmed && state.proofs.isEmpty)
    }

    @Test("where even that fails, the timer stays armed and the state is unknown")
    func cannotStart() async throws {
        let world = FailoverWorld(fault: .cannotStart, cib: try Example.idleCIB().xml)
        let error = await #expect(throws: ProcedureFailure.self) { try await perform(world) }
        #expect(error?.isUnknown == true)
        let state = world.state
        #expect(state.isArmed)
    }

    @Test(
        "where ICMP is filtered the address is measured by what answers there",
        arguments: [
            (FailoverWorld.Fault.noPing, "icmp", ["tcp 10.77.0.200:22, open or refused"]),
            (.noPing, "http://10.77.0.50/", ["tcp 10.77.0.200:22, open or refused", "http 10.77.0.50:80/"]),
            (.noAnswer, "tcp:80", ["tcp 10.77.0.200:80"]), (.noPing, "tcp:80", ["tcp 10.77.0.200:80"]),
            (.none, "tcp:80", ["icmp 10.77.0.200", "tcp 10.77.0.200:80"]),
        ])
    func filtered(fault: FailoverWorld.Fault, probe: String, expected: [String]) async throws {
        let world = FailoverWorld(fault: fault, cib: try Example.idleCIB().xml)
        let figures = try await perform(world, probe: probe)
        let timeline = try #require(figures["timeline"])
        #expect(timeline.split(separator: "; ").map { $0.prefix { $0 != " " } }.count == expected.count, "\(timeline)")
        for target in expected { #expect(timeline.contains("\(target): "), "\(timeline)") }
        #expect(try #require(figures["outage_seconds"].flatMap(Double.init)) >= 12)
    }

    @Test("an answer that comes while no node has the address measures nothing")
    func falseAnswer() async throws {
        let world = FailoverWorld(fault: .falseAnswer, cib: try Example.idleCIB().xml)
        let error = await #expect(throws: ProcedureFailure.self) { try await perform(world, probe: "icmp") }
        #expect(error?.message.contains("something in between refuses in its place") == true, "\(error?.message ?? "")")
        let state = world.state
        #expect(state.injected != nil && state.stopped.isEmpty && state.proofs.isEmpty)
    }

    @Test("where nothing shows the address nothing is stopped, and the way on is said")
    func unseen() async throws {
        for probe in ["icmp", "http://10.77.0.50/"] {
            let world = FailoverWorld(fault: .noAnswer, cib: try Example.idleCIB().xml)
            let error = await #expect(throws: ProcedureFailure.self) { try await perform(world, probe: probe) }
            #expect(error?.message.contains("[failover] probe = \"tcp:PORT\"") == true, "\(error?.message ?? "")")
            #expect(world.state.injected == nil && error?.isUnknown == false)
        }
    }

    @Test("nothing is stopped where an audit is not green or the service does not answer")
    func notGreen() async throws {
        for fault in [FailoverWorld.Fault.runsTwice, .silentService] {
            let world = FailoverWorld(fault: fault, cib: try Example.idleCIB().xml)
            await #expect(throws: ProcedureFailure.self) { try await perform(world) }
            let state = world.state
            #expect(state.injected == nil)
        }
    }
}

@Suite("What was seen from outside")
struct OutsideTests {
    private func timeline(_ answers: String) -> OutsideTimeline {
        OutsideTimeline(
            target: .icmp(host: "10.0.0.9"),
            samples: answers.enumerated().map { .init(asked: .seconds($0), isAnswered: $1 == "+") })
    }

    @Test("an outage lasts from the last answer to the next one")
    func outages() {
        #expect(timeline("+++").outages.isEmpty)
        #expect(timeline("+++").longestOutage == .zero)
        #expect(timeline("+--++-+").text == "icmp 10.0.0.9: 0.0-3.0 4.0-6.0")
        #expect(timeline("+--++-+").longestOutage == .seconds(3))
        #expect(timeline("+--").longestOutage == nil)
        #expect(timeline("+--").text == "icmp 10.0.0.9: 0.0-")
        #expect(timeline("+--++-").upToLastAnswer(after: .seconds(2)).longestOutage == .seconds(3))
        #expect(timeline("+--++-").upToLastAnswer(after: .seconds(4)).longestOutage == nil)
        #expect(timeline("+---").upToLastAnswer(after: .zero).longestOutage == nil)
        #expect(timeline("+-+-+").firstLoss(after: .seconds(2)) == .seconds(3))
    }

    @Test("targets are read as the inventory writes them")
    func targets() {
        #expect(OutsideTarget("icmp", address: "10.0.0.9") == .icmp(host: "10.0.0.9"))
        #expect(OutsideTarget("tcp:80", address: "10.0.0.9") == .tcp(host: "10.0.0.9", port: 80))
        #expect(
            OutsideTarget("http://shop:8080/a?b", address: "x") == .http(host: "shop", port: 8080, path: "/a?b"))
        #expect(OutsideTarget("http://[fd00::1]/", address: "x") == .http(host: "fd00::1", port: 80, path: "/"))
        for wrong in ["tcp:0", "tcp:x", "https://a/", "http://", "http://a:b/", "http://a/ x", "udp:1"] {
            #expect(OutsideTarget(wrong, address: "x") == nil, "\(wrong)")
        }
    }
}
