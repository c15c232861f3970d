import Documents
import Steps
import Testing
import Transport

@testable import Actions

/// What a healthy node reports.
private func healthy(_ node: Peer, others: [Peer] = twoPeers) -> [String: String] {
    var facts = [
        "clock": "1700000000.25", "os": "debian 12", "os.name": "Debian GNU/Linux 12 (bookworm)", "arch": "x86_64",
        "apt": "yes", "systemd": "252",
        "uid": "0", "init": "systemd", "hostname": node.name.text, "machine-id": "id-of-\(node.name)",
        "time-sync": "yes", "addresses": "127.0.0.1 ::1 \(([node.address] + node.links).joined(separator: " "))",
        "free./": "5000000",
    ]
    for peer in others where peer.name != node.name { for link in peer.links { facts["ping.\(link)"] = "yes" } }
    return facts
}

/// The verdicts where one node differs from a healthy one.
private func judge(
    _ changes: [String: String], on node: NodeName = "nodo2", peers: [Peer] = twoPeers
) throws -> [NodeName: Verdict] {
    let action = try make(HostCheck.self, ["cluster": .string("ours")], peers: peers)
    var observations = Dictionary(uniqueKeysWithValues: peers.map { ($0.name, found(healthy($0, others: peers))) })
    observations[node]?.facts.merge(changes) { $1 }
    return action.judge(observations)
}

@Suite("host.check")
struct HostCheckTests {
    @Test("healthy nodes of one kind pass")
    func passes() throws {
        #expect(try judge([:]) == ["nodo1": .satisfied, "nodo2": .satisfied])
    }

    @Test("a release that nobody tried is taken by what it can, with a word; one without apt is refused")
    func otherReleases() throws {
        let action = try make(HostCheck.self, ["cluster": .string("ours")], peers: twoPeers)
        func nodes(_ change: (inout [String: String]) -> Void) -> [NodeName: Observation] {
            var nodes: [NodeName: Observation] = [:]
            for peer in twoPeers {
                var facts = healthy(peer)
                change(&facts)
                nodes[peer.name] = found(facts)
            }
            return nodes
        }
        let next = nodes {
            $0.merge(["os": "ubuntu 26.04", "os.name": "Ubuntu 26.04 LTS", "systemd": "259"]) { $1 }
        }
        #expect(action.judge(next).values.allSatisfy { $0 == .satisfied })
        #expect(
            action.remarks(next)["nodo1"]
                == "harun was never tried on Ubuntu 26.04 LTS: let the first cluster on it be one without data")
        #expect(action.remarks(nodes { _ in }).isEmpty)
        let other = nodes {
            $0["apt"] = nil
            $0.merge(["os": "fedora 43", "os.name": "Fedora Linux 43"]) { $1 }
        }
        #expect(action.judge(other)["nodo1"]?.reason.contains("it runs Fedora Linux 43, which has no apt") == true)
    }

    @Test("a cluster name is not needed, and other keys are errors")
    func reading() {
        #expect(read(HostCheck.self).messages == [])
        #expect(read(HostCheck.self, ["vm": .string("a b")]).messages.first?.contains("`vm` must be made of") == true)
        #expect(
            read(HostCheck.self, ["clutser": .string("x")]).messages.first?.contains("did you mean `cluster`") == true)
    }

    @Test(
        "what is wrong with a node is told with what to do",
        arguments: [
            (
                ["os": "debian 11", "os.name": "Debian GNU/Linux 11", "systemd": "247"],
                "it runs Debian GNU/Linux 11, whose systemd is 247; harun needs 249"
            ),
            (["systemd": ""], "whose systemd is of an unknown version; harun needs 249"),
            (["os": "ubuntu 22.04"], "all nodes of a cluster need the same release"),
            (["arch": "aarch64"], "its architecture is aarch64 and that of nodo1 is x86_64"),
            (["uid": "1000"], "commands do not run as root"),
            (["init": "runit"], "its process 1 is runit, not systemd"),
            (["clock": "1700000009.9"], "its clock is 10 s ahead of that of nodo1"),
            (["clock": "1699999990.0"], "its clock is 10 s behind that of nodo1"),
            (["hostname": "debian"], "hostnamectl set-hostname nodo2"),
            (["machine-id": ""], "systemd-machine-id-setup"),
            (["machine-id": "uninitialized"], "it has no /etc/machine-id"),
            (["machine-id": "id-of-nodo1"], "the same /etc/machine-id as nodo1"),
            (["addresses": "127.0.0.1 10.77.1.12"], "it has the address 10.77.2.11, but".replacing("11", with: "12")),
            (["ping.10.77.2.11": "no"], "it cannot reach nodo1 at 10.77.2.11"),
            (["free./": "100000"], "/ has only 97 MiB left"),
            (["free./var": "1000"], "/var has only 0 MiB left"),
            (["dpkg": "broken"], "dpkg --configure -a"),
            (["cluster": "theirs", "rings": "10.0.0.1 10.0.0.2"], "it belongs to the cluster theirs already"),
            (["cluster": "ours", "rings": "192.0.2.1 192.0.2.2"], "it belongs to the cluster ours already"),
            (["cluster": "", "rings": ""], "it belongs to the cluster (without a name)"),
            (["cluster": "debian", "rings": "10.0.0.1"], "it belongs to the cluster debian already"),
        ])
    func refuses(changes: [String: String], expected: String) throws {
        let verdicts = try judge(changes)
        #expect(verdicts["nodo1"] == .satisfied)
        guard case .refused(let why)? = verdicts["nodo2"] else {
            Issue.record("not refused: \(String(describing: verdicts["nodo2"]))")
            return
        }
        #expect(why.contains(expected))
    }

    @Test(
        "these are no problems",
        arguments: [
            ["clock": "1700000004.9"], ["hostname": "nodo2.example.org"], ["time-sync": "no"],
            ["cluster": "debian", "rings": "127.0.0.1"], ["cluster": "ours", "rings": "10.77.1.11 10.77.1.12"],
        ])
    func accepts(changes: [String: String]) throws {
        #expect(try judge(changes)["nodo2"] == .satisfied)
    }

    @Test("every problem of a node is told at once, one a line")
    func all() throws {
        let why = try judge(["uid": "1", "init": "x", "dpkg": "broken"])["nodo2"]?.reason ?? ""
        #expect(why.split(separator: "\n").count == 3)
    }

    @Test("a host that answers no ping and is there all the same is no problem, and is named")
    func quiet() throws {
        let action = try make(HostCheck.self)
        var observations = Dictionary(uniqueKeysWithValues: twoPeers.map { ($0.name, found(healthy($0))) })
        observations["nodo2"]?.facts["ping.10.77.1.11"] = "quiet"
        #expect(action.judge(observations).values.allSatisfy { $0 == .satisfied })
        let remarks = action.remarks(observations)
        #expect(remarks["nodo1"] == nil)
        #expect(
            remarks["nodo2"]
                == "nodo1 is there at 10.77.1.11, but answers no ping: ICMP is filtered, and the cluster needs none of it"
        )
    }

    @Test("addresses count however they are written, and names do not do as links")
    func addresses() throws {
        let peers = [
            Peer(name: "a", address: "10.0.0.1", links: ["fd00:0:0::1"]),
            Peer(name: "b", address: "b.example", links: []),
        ]
        let verdicts = try judge(["addresses": "10.0.0.1 fd00::1"], on: "a", peers: peers)
        #expect(verdicts["a"] == .satisfied)
        #expect(verdicts["b"]?.reason.contains("give `links` as IP addresses") == true)
    }

    @Test("a node that was not looked at, or whose probe failed, never passes")
    func unknown() throws {
        let action = try make(HostCheck.self)
        let verdicts = action.judge(["nodo1": Observation(code: nil)])
        #expect(verdicts["nodo1"] == .failed("the probe ended without proof of its exit"))
        #expect(verdicts["nodo2"] == .failed("it was not looked at"))
    }

    @Test("its script stays as it is")
    func golden() throws {
        try GoldenScripts.expect(make(HostCheck.self, ["vm": .string("opencart")]))
        let fenced = try make(
            HostCheck.self, ["fencing": .string("sbd"), "watchdog": .string("/dev/watchdog")]
        ).probe("nodo1")
        try GoldenScripts.expect(fenced, "host.check.fenced.probe")
    }
}
