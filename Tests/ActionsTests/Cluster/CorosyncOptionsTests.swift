import Steps
import Testing
import Transport

@testable import Actions

/// What `pcs cluster setup shop nodo1 addr=… addr=… nodo2 addr=… addr=… --corosync_conf=FILE` writes in Debian 12 and 13.
private let byPCS = ["pcs-0.11.5-1+deb12u1", "pcs-0.12.0.2-1"]

@Suite("a cluster that was found already set up")
struct CorosyncOptionsTests {
    private func found(_ quorum: String, totem: [(String, String)] = [], file: String = byPCS[0]) throws
        -> CorosyncConfiguration
    {
        var text = try fixture("corosync/\(file).conf").replacing("    two_node: 1\n", with: quorum)
        for (old, new) in totem { text = text.replacing(old, with: new) }
        return try #require(CorosyncConfiguration(parsing: text))
    }

    @Test("what pcs sets up without options is accepted, in both releases", arguments: byPCS)
    func pcs(file: String) throws {
        let configuration = try found("    two_node: 1\n", file: file)
        #expect(configuration.difference(from: "shop", of: twoPeers) == nil)
        #expect(configuration.danger(of: twoPeers) == nil)
    }

    @Test("what harun sets up itself has nothing said of it, with two nodes and with three")
    func ours() throws {
        for peers in [twoPeers, twoPeers + [Peer(name: "nodo3", address: "a", links: ["10.77.1.13", "10.77.2.13"])]] {
            let action = ClusterSetupAction(cluster: "shop", token: 5000, peers: peers, identity: [1, 2], keys: [])
            let script = try #require(action.apply("nodo1", [:])).text
            let start = try #require(script.firstRange(of: "printf '%s\\n' '")).upperBound
            let end = try #require(script.firstRange(of: "' >$conf.harun")).lowerBound
            let written = try #require(CorosyncConfiguration(parsing: String(script[start..<end])))
            #expect(written.danger(of: peers) == nil)
            let text = String(script[start..<end])
            #expect(action.remarks(["nodo1": Observation(code: 0, facts: ["conf": text])]) == [:])
        }
    }

    @Test("what is other than harun's and no danger is said beside the verdict")
    func remarks() throws {
        let action = ClusterSetupAction(cluster: "shop", token: 5000, peers: twoPeers, identity: [1, 2], keys: [])
        func said(_ changes: [(String, String)], _ quorum: String = "    two_node: 1\n") throws -> String? {
            var text = try fixture("corosync/\(byPCS[0]).conf").replacing("    two_node: 1\n", with: quorum)
            for (old, new) in changes { text = text.replacing(old, with: new) }
            return action.remarks(["nodo1": Observation(code: 0, facts: ["conf": text])])["nodo1"]
        }
        #expect(try said([]) == "`token` has corosync's default, and harun would have written 5000 ms")
        let token = ("transport: knet\n", "transport: knet\n    token: 5000\n")
        #expect(try said([token]) == nil)
        #expect(
            try said([("transport: knet\n", "transport: knet\n    token: 1000\n")])
                == "`token` is 1000 ms, and harun would have written 5000 ms")
        #expect(try said([token, ("aes256", "none")])?.contains("without `crypto_cipher`") == true)
        #expect(
            try said([token], "    two_node: 1\n    last_man_standing: 1\n")?.contains("`last_man_standing`") == true)
    }

    /// The quorum section as `pcs quorum update` writes it, where it does.
    @Test(
        "what would stop the failover, fence in turn or let both halves go on is refused",
        arguments: [
            // pcs quorum update auto_tie_breaker=1 takes two_node away.
            ("    auto_tie_breaker: 1\n", "`auto_tie_breaker`"),
            // corosync -t accepts both, and corosync then switches two_node off.
            ("    two_node: 1\n    auto_tie_breaker: 1\n", "`auto_tie_breaker`"),
            // pcs quorum update wait_for_all=0
            ("    two_node: 1\n    wait_for_all: 0\n", "`wait_for_all: 0`"),
            ("", "without `two_node: 1`"), ("    two_node: 0\n", "without `two_node: 1`"),
            ("    two_node: 1\n    expected_votes: 1\n", "`expected_votes: 1` of 2 nodes"),
            ("    two_node: 1\n    expected_votes: 3\n", "`expected_votes: 3` of 2 nodes"),
            ("    two_node: 1\n    device {\n        model: net\n    }\n", "`two_node: 1` gives quorum"),
        ])
    func quorum(section: String, why: String) throws {
        let danger = try #require(try found(section).danger(of: twoPeers))
        #expect(danger.contains(why))
        #expect(danger.hasPrefix("the cluster that is set up here is not safe to build on"))
    }

    @Test(
        "what does no harm is accepted",
        arguments: [
            // pcs quorum update auto_tie_breaker=0 wait_for_all=1, which mends what is refused.
            "    auto_tie_breaker: 0\n    wait_for_all: 1\n    two_node: 1\n",
            "    two_node: 1\n    last_man_standing: 1\n    wait_for_all: 1\n",
            "    two_node: 1\n    expected_votes: 2\n", "    device {\n        model: net\n        votes: 1\n    }\n",
        ])
    func harmless(section: String) throws { #expect(try found(section).danger(of: twoPeers) == nil) }

    @Test("no provider, an odd vote, and two_node with three nodes are refused")
    func votes() throws {
        let none = try found("    two_node: 1\n", totem: [("    provider: corosync_votequorum\n", "")])
        #expect(none.danger(of: twoPeers)?.contains("nobody counts votes") == true)
        let heavy = try found(
            "    two_node: 1\n", totem: [("        nodeid: 1\n", "        nodeid: 1\n        quorum_votes: 2\n")])
        #expect(heavy.danger(of: twoPeers)?.contains("nodo1 has 2 votes") == true)
        #expect(
            try found("    two_node: 1\n").options.dangers(nodes: 3) == [
                "`two_node: 1` gives quorum to a single node of 3"
            ])
    }

    @Test("a network that anybody can command is refused, one that can only be read is not")
    func crypto() throws {
        let cipher = ("    crypto_cipher: aes256\n", "")
        let hash = ("    crypto_hash: sha256\n", "")
        let off: [[(String, String)]] = [
            [cipher, hash], [("aes256", "none"), ("sha256", "none")],
            [cipher, ("    crypto_hash: sha256\n", "    secauth: off\n")],
        ]
        for change in off {
            let danger = try found("    two_node: 1\n", totem: change).danger(of: twoPeers)
            #expect(danger?.contains("without `crypto_hash`") == true)
        }
        let old = try found("    two_node: 1\n", totem: [cipher, ("    crypto_hash: sha256\n", "    secauth: on\n")])
        #expect(old.danger(of: twoPeers) == nil)
        let signed = try found("    two_node: 1\n", totem: [("aes256", "none")])
        #expect(signed.danger(of: twoPeers) == nil)
        let udpu = try found("    two_node: 1\n", totem: [("knet", "udpu"), cipher, hash])
        #expect(udpu.danger(of: twoPeers)?.contains("the transport udpu knows no encryption") == true)
    }

    /// `corosync-quorumtool -s` and `corosync-cmapctl` of corosync 3.1.7 on a cluster that harun set up.
    private static func running(flags: String = "2Node Quorate WaitForAll ", hash: String = "sha256") -> Observation {
        Observation(
            code: 0,
            facts: [
                "quorum": """
                Quorum information
                ------------------
                Date:             Mon Nov 30 03:01:58 2026
                Quorum provider:  corosync_votequorum
                Nodes:            2
                Quorate:          Yes

                Votequorum information
                ----------------------
                Expected votes:   2
                Highest expected: 2
                Total votes:      2
                Quorum:           1  
                Flags:            \(flags)
                """,
                "totem": """
                totem.cluster_name (str) = shop
                totem.crypto_cipher (str) = aes256
                totem.crypto_hash (str) = \(hash)
                totem.token (u32) = 5000
                totem.transport (str) = knet
                """,
            ])
    }

    @Test("the corosync that runs is asked too: its file may say otherwise since")
    func runtime() throws {
        let well = try #require(CorosyncOptions(running: Self.running()))
        #expect(well.dangers(nodes: 2) == [])
        let table = [
            ("Quorate WaitForAll ", "sha256", "without `two_node: 1`"),
            ("2Node Quorate ", "sha256", "`wait_for_all: 0`"),
            ("Quorate WaitForAll AutoTieBreaker ", "sha256", "`auto_tie_breaker`"),
            ("2Node Quorate WaitForAll ", "none", "without `crypto_hash`"),
        ]
        for (flags, hash, why) in table {
            let options = try #require(CorosyncOptions(running: Self.running(flags: flags, hash: hash)))
            #expect(options.dangers(nodes: 2).count == 1)
            #expect(options.dangers(nodes: 2).first?.contains(why) == true)
        }
        for facts in [[:], ["quorum": "", "totem": ""], ["quorum": "Cannot initialize QUORUM service", "totem": ""]] {
            #expect(CorosyncOptions(running: Observation(code: 0, facts: facts)) == nil)
        }
    }
}
