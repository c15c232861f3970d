import Foundation
import Testing
import Transport

@Suite("Names and results")
struct EndpointTests {
    @Test("known_hosts knows a host by its address, and by its port where that is not 22")
    func knownHostsName() {
        var endpoint = Endpoint(node: "nodo1", address: "192.0.2.1", identities: [], knownHosts: "/kh")
        #expect(endpoint.knownHostsName == "192.0.2.1")
        endpoint.port = 2222
        #expect(endpoint.knownHostsName == "[192.0.2.1]:2222")
    }

    @Test("errors name an endpoint with its port and the hosts on the way")
    func place() {
        var endpoint = Endpoint(node: "n", address: "nodo1", identities: [], knownHosts: "/kh")
        #expect(endpoint.place == "nodo1")
        endpoint.port = 2222
        var inner = Endpoint(node: "fe80::1", address: "fe80::1", user: "me", identities: [], knownHosts: "/kh")
        inner.port = 23
        endpoint.jumps = [
            Endpoint(node: "gate", address: "192.0.2.1", user: "ops", identities: [], knownHosts: ""), inner,
        ]
        #expect(endpoint.place == "nodo1 port 2222 via ops@gate,me@[fe80::1]:23")
    }

    @Test("known_hosts has an address in its shortest form, and a name in small letters")
    func shortest() {
        func name(_ address: String, port: UInt16 = 22) -> String {
            var endpoint = Endpoint(node: "n", address: address, identities: [], knownHosts: "/kh")
            endpoint.port = port
            return endpoint.knownHostsName
        }
        #expect(name("2001:DB8:0:0:0:0:0:1") == "2001:db8::1")
        #expect(name("2001:db8:0::1", port: 2222) == "[2001:db8::1]:2222")
        #expect(name("Web1.Example.com.") == "web1.example.com.")
        #expect(name("127.1") == "127.0.0.1")
    }

    @Test("only a proved status 0 is success")
    func success() {
        #expect(Outcome.exited(0).isSuccess)
        for outcome in [Outcome.exited(1), .signalled("KILL"), .unknown] { #expect(!outcome.isSuccess) }
        #expect(Outcome.unknown.description == "ended without proof of its exit")
    }

    @Test("output that is not UTF-8 is shown and never lost")
    func output() {
        let result = CommandResult(outcome: .exited(0), stdout: [0x61, 0xFF, 0x62], stderr: Array("ü".utf8))
        #expect(result.outputText == "a\u{FFFD}b")
        #expect(result.errorText == "ü")
    }

    @Test("a node's name is plain text in JSON")
    func nodeName() throws {
        let data = try JSONEncoder().encode(["n": NodeName("nodo1")])
        #expect(String(decoding: data, as: UTF8.self) == "{\"n\":\"nodo1\"}")
        #expect(try JSONDecoder().decode([String: NodeName].self, from: data)["n"] == "nodo1")
    }
}
