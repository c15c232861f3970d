import Documents
import Inventory
import SSHConfig
import Settings
import Testing
import Transport

@Suite("The way to a node")
struct SSHRouteTests {
    private static func endpoint(_ config: String, ssh: String = "", node: String = "") throws -> Endpoint {
        let files = ConfigFiles(
            home: "/home/me", user: "me", read: { $0 == "/c" ? .init(bytes: Array(config.utf8)) : nil },
            glob: { _ in [] })
        var surroundings = Reading.surroundings()
        surroundings.sshConfig = .load(user: "/c", system: nil, in: files)
        let text = "[ssh]\n\(ssh)\n[[node]]\nname = \"n1\"\naddress = \"10.0.0.1\"\n\(node)\n"
        let fleet = try Fleet.parse(text, file: "i.toml", in: surroundings)
        return try #require(fleet.nodes.first).endpoint()
    }

    private static let config = """
        Host 10.0.0.*
          HostName n.example.com
          User alice
          Port 2200
          IdentityFile ~/.ssh/%h
          IdentitiesOnly yes
          IdentityAgent /run/agent
          UserKnownHostsFile /k1 /k2
          HostKeyAlias one
          ProxyJump carol@inner
          ConnectTimeout 7
          ServerAliveInterval 5
          ServerAliveCountMax 2
        Host inner
          ProxyJump outer:2222
          IdentityFile /keys/inner
        """

    @Test("ssh_config fills in what the inventory leaves open")
    func filled() throws {
        let endpoint = try Self.endpoint(Self.config)
        #expect(endpoint.address == "n.example.com")
        #expect(endpoint.user == "alice")
        #expect(endpoint.port == 2200)
        #expect(endpoint.identities == ["/home/me/.ssh/n.example.com"])
        #expect(endpoint.identitiesOnly)
        #expect(endpoint.identityAgent == .socket("/run/agent"))
        #expect(endpoint.knownHosts == "/k1")
        #expect(endpoint.moreKnownHosts.first == "/k2")
        #expect(endpoint.knownHostsName == "one")
        #expect(endpoint.connectTimeout == .seconds(7))
        #expect(endpoint.aliveInterval == .seconds(5))
        #expect(endpoint.aliveCountMax == 2)
        #expect(endpoint.jumps.map(\.address) == ["outer", "inner"])
        #expect(endpoint.jumps.map(\.user) == ["me", "carol"])
        #expect(endpoint.jumps.map(\.port) == [2222, 22])
        #expect(endpoint.jumps[1].jumps == [endpoint.jumps[0]])
        #expect(endpoint.jumps[1].identities == ["/keys/inner"])
    }

    @Test("what the inventory gives wins")
    func given() throws {
        let ssh = "user = \"bob\"\nport = 99\nidentity = \"k\"\nknown_hosts = \"kh\"\njump = \"none\""
        let endpoint = try Self.endpoint(Self.config, ssh: ssh)
        #expect(endpoint.user == "bob" && endpoint.port == 99)
        #expect(endpoint.identities == ["/work/site/k"])
        #expect(endpoint.knownHosts == "/work/site/kh")
        #expect(!endpoint.moreKnownHosts.contains("/k2"))
        #expect(endpoint.jumps.isEmpty)
        let other = try Self.endpoint(Self.config, ssh: ssh, node: "jump = \"root@a,b:3\"")
        #expect(other.jumps.map { "\($0.user)@\($0.address):\($0.port)" } == ["root@a:22", "me@b:3"])
        #expect(other.jumps.allSatisfy { $0.knownHosts == "/work/site/kh" && $0.identities == ["/work/site/k"] })
    }

    @Test("tokens in the way speak of the host that it leads to, wherever it is written")
    func tokens() throws {
        let config = """
            Host 10.0.0.1
              HostName N.example.com
              User alice
              Port 2200
              ProxyJump %r@gate-%p,%h.gate:22
            Host gate-2200
              ProxyJump before.%n
            """
        func way(_ endpoint: Endpoint) -> [String] { endpoint.jumps.map { "\($0.user)@\($0.address)" } }
        #expect(
            way(try Self.endpoint(config)) == ["me@before.gate-2200", "alice@gate-2200", "me@n.example.com.gate"])
        #expect(way(try Self.endpoint(config, ssh: "jump = \"%n.%%x%h\"")) == ["me@10.0.0.1.%xn.example.com"])
    }

    @Test("names that only ssh knows, and users of a directory, are taken as ssh takes them")
    func aliases() throws {
        func endpoint(_ address: String, _ user: String) throws -> Endpoint {
            let text = "[[node]]\nname = \"n1\"\naddress = \"\(address)\"\nuser = \"\(user)\"\n"
            let fleet = try Fleet.parse(text, file: "i.toml", in: Reading.surroundings())
            return try #require(fleet.nodes.first).endpoint()
        }
        for address in ["db_1", "_db.example.com", "db1.example.com."] {
            #expect(try endpoint(address, "jdoe@corp.example.com").address == address)
        }
        #expect(try endpoint("db", "jdoe@corp.example.com").user == "jdoe@corp.example.com")
        #expect(try endpoint("2001:DB8::0:1", "root").knownHostsName == "2001:db8::1")
        for (address, user) in [(".", "a"), ("a..", "a"), ("10.0.0.1.", "a"), ("a b", "a"), ("a", "@b"), ("a", "b@")] {
            #expect(throws: (any Error).self) { try endpoint(address, user) }
        }
    }

    @Test("the passphrase opens the keys of every host on the way, and of the way to each of them")
    func passphrase() throws {
        let ssh = "passphrase = { env = \"WORD\" }\njump = \"a,b,c\""
        let endpoint = try Self.endpoint("", ssh: ssh)
        #expect(endpoint.passphrase != nil)
        var ways = [endpoint.jumps]
        var hosts = 0
        while let way = ways.popLast() {
            for jump in way {
                hosts += 1
                #expect(jump.passphrase == endpoint.passphrase)
                ways.append(jump.jumps)
            }
        }
        #expect(hosts == 7)
        #expect(endpoint.jumps.map(\.address) == ["a", "b", "c"])
        #expect(endpoint.jumps[2].jumps == Array(endpoint.jumps[..<2]))
    }

    @Test("without an ssh_config everything is as before")
    func nothing() throws {
        let endpoint = try Self.endpoint("")
        #expect(endpoint.user == "root" && endpoint.port == 22 && endpoint.address == "10.0.0.1")
        #expect(endpoint.knownHosts == "/home/me/.ssh/known_hosts")
        #expect(endpoint.jumps.isEmpty && endpoint.identityAgent == .environment)
    }

    @Test("a way that leads through itself, a bad jump and a bad file are errors with their place")
    func wrong() throws {
        func errors(_ config: String, ssh: String = "") -> String {
            do {
                _ = try Self.endpoint(config, ssh: ssh)
                return ""
            } catch { return "\(error)" }
        }
        #expect(errors("User me\nProxyJump b\n").contains("/c:2:1: error: the way to b leads through itself"))
        #expect(
            errors("Host b\nProxyJump a\nHost a\nProxyJump b\nHost *\nProxyJump b").contains("leads through itself"))
        #expect(errors("Port x\n").contains("/c:1:1: error: Port x: not a port"))
        #expect(errors("IdentityFile %Z\n").contains("/c:1:1: error: %Z: harun does not know this % token"))
        #expect(errors("Host 10.0.0.1\nProxyJump a,%C\n").contains("/c:2:1: error: %C: ProxyJump knows"))
        #expect(errors("HostName -x\nProxyJump %h\n").contains("/c:2:1: error: %h: \"-x\" is no host"))
        #expect(errors("", ssh: "jump = \"a b\"").contains("i.toml:2:8: error: \"a b\" is no way to a host"))
    }
}
