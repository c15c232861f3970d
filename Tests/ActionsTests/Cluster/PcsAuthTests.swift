import Foundation
import Steps
import Testing
import Transport

@testable import Actions

@Suite("pcs.auth")
struct PcsAuthTests {
    private static let token = Array("canary-4711-canary-4711-canary-47".utf8)
    private let action = PcsAuthAction(peers: twoPeers, token: token)

    private static func hosts(_ addresses: [String: String], token: String = "T") -> String {
        let entries = addresses.map { name, address in
            "\"\(name)\": {\"dest_list\": [{\"addr\": \"\(address)\", \"port\": 2224}], \"token\": \"\(token)\"}"
        }
        return "{\"format_version\": 1, \"data_version\": 2, \"known_hosts\": {\(entries.joined(separator: ","))}}"
    }

    private static let all = hosts(["nodo1": "10.77.0.11", "nodo2": "10.77.0.12"])
    private static let users = "[{\"username\": \"hacluster\", \"token\": \"T\", \"creation_date\": \"now\"}]"

    private func reason(_ first: [String: String], _ second: [String: String]) -> String? {
        let verdicts = action.judge(["nodo1": found(secrets: first), "nodo2": found(secrets: second)])
        #expect(Set(verdicts.values).count == 1)
        return verdicts["nodo1"]?.reason
    }

    @Test("nodes that know and accept each other are left alone")
    func satisfied() {
        let good = ["hosts": Self.all, "users": Self.users]
        #expect(reason(good, good) == "")
    }

    @Test("whatever is missing on one node is done again on all of them")
    func missing() {
        let good = ["hosts": Self.all, "users": Self.users]
        let half = ["hosts": Self.hosts(["nodo1": "10.77.0.11"]), "users": Self.users]
        let moved = ["hosts": Self.hosts(["nodo1": "10.77.0.11", "nodo2": "10.77.1.12"]), "users": Self.users]
        let other = [
            "hosts": Self.hosts(["nodo1": "10.77.0.11", "nodo2": "10.77.0.12"], token: "U"), "users": Self.users,
        ]
        #expect(reason([:], [:]) == "pcsd of nodo1 does not know nodo1")
        #expect(reason(good, [:]) == "pcsd of nodo2 does not accept the token of nodo1")
        #expect(reason(good, half) == "pcsd of nodo2 does not know nodo2")
        #expect(reason(good, moved) == "pcsd of nodo2 knows nodo2 at 10.77.1.12")
        #expect(reason(other, good) == "pcsd of nodo1 does not accept the token of nodo1")
        #expect(reason(["hosts": "{", "users": "["], good) == "pcsd of nodo1 does not know nodo1")
        #expect(reason(["hosts": Self.all], good) == "pcsd of nodo1 does not accept the token of nodo1")
    }

    @Test("a node that does not answer ends the step")
    func unanswered() {
        #expect(action.judge(["nodo1": found()])["nodo2"] == .failed("there is no answer from nodo2"))
        #expect(action.judge([:]).count == 2)
    }

    @Test("pcsd is reached where SSH goes, unless that cannot be a node's address")
    func addresses() {
        #expect(action.addresses == ["nodo1": "10.77.0.11", "nodo2": "10.77.0.12"])
        for address in ["127.0.0.1", "localhost", "gateway"] {
            let peers = twoPeers.map { Peer(name: $0.name, address: address, links: $0.links) }
            #expect(
                PcsAuthAction(peers: peers, token: []).addresses == ["nodo1": "10.77.1.11", "nodo2": "10.77.1.12"])
        }
        // The names are of the operator's ~/.ssh/config: no node knows them.
        let aliases = twoPeers.map { Peer(name: $0.name, address: "\($0.name)-ssh", links: $0.links) }
        #expect(
            PcsAuthAction(peers: aliases, token: []).addresses == ["nodo1": "10.77.1.11", "nodo2": "10.77.1.12"])
    }

    @Test("the token is in no script, in no verdict and in no summary")
    func secrecy() throws {
        let scripts = twoPeers.flatMap {
            [action.probe($0.name), action.apply($0.name, [:]), action.undo($0.name)].compactMap { $0 }
        }
        #expect(scripts.count == 6)
        let secret = String(decoding: Self.token, as: UTF8.self)
        for script in scripts {
            #expect(!script.text.contains(secret))
            #expect(!script.text.contains(Data(Self.token).base64EncodedString()))
        }
        #expect(scripts.filter { $0.input == Self.token }.count == 2)
        let leaky = ["hosts": Self.hosts(["nodo1": "10.77.0.11"], token: secret), "users": "[]"]
        #expect(reason(leaky, leaky)?.contains(secret) == false)
        #expect(!action.summary.contains(secret))
    }

    @Test("each run has a token of its own, the same for every node")
    func random() throws {
        let first = try make(PcsAuthAction.self)
        let second = try make(PcsAuthAction.self)
        #expect(first.apply("nodo1", [:])?.input == first.apply("nodo2", [:])?.input)
        #expect(first.apply("nodo1", [:])?.input != second.apply("nodo1", [:])?.input)
        #expect(first.apply("nodo1", [:])?.input.count == 32)
    }

    @Test("the scripts are the golden ones")
    func golden() throws { try GoldenScripts.expect(action) }
}
