import Documents
import Testing
import Transport

@testable import Actions

@Suite("pcs.setup")
struct PcsSetupTests {
    private let action: PcsSetupAction
    private static let stopped = units([
        "corosync.service": "inactive disabled", "pacemaker.service": "inactive disabled",
    ])
    private static let none = found()

    init() throws { action = try make(PcsSetupAction.self, ["cluster": .string("shop")]) }

    private static func member(
        _ conf: String = CorosyncConfigurationTests.shop(), keys: String = "k", cib: String? = nil,
        units: String = stopped
    ) -> Observation {
        var facts = ["conf": conf, "keys": keys, "units": units]
        facts["cib"] = cib
        return found(facts)
    }

    private func verdicts(_ first: Observation, _ second: Observation) -> Set<Verdict> {
        Set(action.judge(["nodo1": first, "nodo2": second]).values)
    }

    @Test("bare nodes are set up, and a whole cluster is left alone")
    func wholeOrNone() {
        #expect(verdicts(Self.none, Self.none) == [.needed("no node is in a cluster yet")])
        #expect(verdicts(Self.member(), Self.member()) == [.satisfied])
    }

    @Test("a setup that was cut off is repaired")
    func cutOff() {
        #expect(
            verdicts(Self.member(), Self.none)
                == [.needed("nodo1 is set up for the cluster, nodo2 is not: a setup was cut off")])
        let other = Self.member(CorosyncConfigurationTests.shop(uuid: "ffff"))
        #expect(
            verdicts(Self.member(), other) == [.needed("the nodes have different corosync.conf: a setup was cut off")])
        #expect(
            verdicts(Self.member(), Self.member(keys: "x"))
                == [.needed("the nodes have different keys: a setup was cut off")])
    }

    @Test(
        "a cluster at work is never set up anew, even if one node lost its configuration",
        arguments: [
            member(units: units(["corosync.service": "active", "pacemaker.service": "inactive"])),
            member(units: units(["corosync.service": "inactive", "pacemaker.service": "active"])),
            member(cib: "<cib><configuration><resources><primitive id='vm'/></resources></configuration></cib>"),
            member(cib: "<cib"),
        ])
    func atWork(observation: Observation) {
        for verdict in verdicts(observation, Self.none) {
            guard case .refused(let why) = verdict else {
                Issue.record("\(verdict)")
                continue
            }
            #expect(why.contains("pcs cluster node add"))
        }
    }

    @Test("another cluster on any node is refused on that node")
    func foreign() {
        let other = Self.member(CorosyncConfigurationTests.shop(name: "other"))
        #expect(action.judge(["nodo1": Self.none, "nodo2": other]).keys.sorted() == ["nodo2"])
        #expect(verdicts(Self.member("totem {"), Self.none).filter { !$0.isObstacle } == [])
        #expect(verdicts(Self.member(CorosyncConfigurationTests.debian), Self.none).filter { !$0.isObstacle } == [])
    }

    @Test("a bare fleet is set up by one command on the first node")
    func setup() async throws {
        let context = ScriptedContext { script, node in
            script.hasPrefix("pcs cluster setup") && node == "nodo1" ? .ended(0) : nil
        }
        _ = try await action.perform(on: "nodo1", ["nodo1": Self.none, "nodo2": Self.none], in: context)
        #expect(context.log.count == 1)
    }

    @Test("a repair clears exactly the nodes that have the configuration, before the setup")
    func repair() async throws {
        let context = ScriptedContext { _, _ in .ended(0) }
        _ = try await action.perform(on: "nodo1", ["nodo1": Self.none, "nodo2": Self.member()], in: context)
        #expect(context.log.count == 2)
        #expect(context.log.first?.hasPrefix("nodo2: ") == true)
        #expect(context.log.first?.contains("pcs cluster destroy") == true)
        #expect(context.log.last?.hasPrefix("nodo1: pcs cluster setup") == true)
    }

    @Test("a repair that its guard refuses ends the step before the setup")
    func guarded() async {
        let context = ScriptedContext { script, _ in
            script.contains("destroy") ? .ended(20, "note corosync runs again\n") : nil
        }
        await #expect(throws: ProcedureFailure.self) {
            _ = try await action.perform(on: "nodo1", ["nodo1": Self.member(), "nodo2": Self.none], in: context)
        }
    }

    @Test("the scripts are the golden ones")
    func golden() throws {
        try GoldenScripts.expect(action)
        try GoldenScripts.expect(action.setup, "pcs.setup.setup")
        try GoldenScripts.expect(action.repair, "pcs.setup.repair")
        #expect(!action.setup.text.contains("--force"))
    }

    @Test("what a runbook may say is checked")
    func reading() {
        #expect(read(PcsSetupAction.self).messages == ["`with` needs `cluster`"])
        #expect(
            read(PcsSetupAction.self, ["cluster": .string("a"), "token_ms": .integer(10)]).messages
                == ["`token_ms` must lie between 1000 and 60000"])
        #expect(
            read(PcsSetupAction.self, ["cluster": .string("a.*")]).messages
                == ["a cluster name takes letters, digits, `_` and `-`"])
        var uneven = twoPeers
        uneven[1].links = ["10.77.1.12"]
        #expect(
            read(PcsSetupAction.self, ["cluster": .string("a")], peers: uneven).messages
                == ["every node needs the same number of links for one cluster"])
    }
}
