import Documents
import Steps
import Testing
import Transport

@testable import Actions

@Suite("cluster.setup")
struct ClusterSetupTests {
    private let action: ClusterSetupAction
    private static let stopped = units([
        "corosync.service": "inactive disabled", "pacemaker.service": "inactive disabled",
    ])
    private static let none = found()

    init() throws { action = try make(ClusterSetupAction.self, ["cluster": .string("shop")]) }

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

    @Test("nodes of different releases are not put together")
    func versions() {
        #expect(
            verdicts(found(["versions": "corosync 3.1.7, "]), found(["versions": "corosync 3.1.9, "]))
                == [
                    .refused(
                        "the nodes have different releases of the cluster's packages: "
                            + "nodo1 has corosync 3.1.7, ; nodo2 has corosync 3.1.9, ")
                ])
    }

    @Test("what is written is what pcs writes, and is found to be ours")
    func text() throws {
        let configuration = try #require(CorosyncConfiguration(parsing: CorosyncConfigurationTests.shop()))
        #expect(configuration.text == CorosyncConfigurationTests.shop())
        let three = twoPeers + [Peer(name: "nodo3", address: "10.77.0.13", links: ["10.77.1.13", "10.77.2.13"])]
        let action = ClusterSetupAction(cluster: "shop", token: 5000, peers: three, identity: [1, 2], keys: [])
        #expect(action.apply("nodo1", [:])?.text.contains("two_node") == false)
    }

    @Test("the keys are random, the same for every node, and on standard input alone")
    func keys() throws {
        let first = try make(ClusterSetupAction.self, ["cluster": .string("shop")])
        let second = try make(ClusterSetupAction.self, ["cluster": .string("shop")])
        let script = try #require(first.apply("nodo1", [:]))
        #expect(script.input.count == 512)
        #expect(script == first.apply("nodo2", [:]))
        #expect(script.input != second.apply("nodo1", [:])?.input)
        #expect(script.text != second.apply("nodo1", [:])?.text, "each cluster has a UUID of its own")
        let canary = Array("canary-4711".utf8)
        let action = ClusterSetupAction(cluster: "a", token: 1000, peers: twoPeers, identity: [1, 2], keys: canary)
        for script in [action.probe("nodo1"), action.apply("nodo1", [:]), action.undo("nodo1")] {
            #expect(script?.text.contains("canary-4711") == false)
        }
    }

    @Test("the scripts are the golden ones")
    func golden() throws {
        let action = ClusterSetupAction(
            cluster: "shop", token: 5000, peers: twoPeers, identity: [0xd00d_68ed_2ea4_44f7, 0x1d7d_39e9], keys: [])
        try GoldenScripts.expect(action)
    }

    @Test("what a runbook may say is checked")
    func reading() {
        #expect(read(ClusterSetupAction.self).messages == ["`with` needs `cluster`"])
        #expect(
            read(ClusterSetupAction.self, ["cluster": .string("a"), "token_ms": .integer(10)]).messages
                == ["`token_ms` must lie between 1000 and 60000"])
        #expect(
            read(ClusterSetupAction.self, ["cluster": .string("a.*")]).messages
                == ["a cluster name takes letters, digits, `_` and `-`"])
        var uneven = twoPeers
        uneven[1].links = ["10.77.1.12"]
        #expect(
            read(ClusterSetupAction.self, ["cluster": .string("a")], peers: uneven).messages
                == ["every node needs the same number of links for one cluster"])
    }
}
