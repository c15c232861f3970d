import Inventory
import Testing

@Suite("Rules for nodes")
struct NodeRuleTests {
    @Test("an inventory has a node at least")
    func empty() {
        #expect(Reading.errors("") == "i.toml:1:1: error: the inventory needs a [[node]]")
        #expect(Reading.errors("node = []") == "i.toml:1:1: error: the inventory needs a [[node]]")
        #expect(
            Reading.errors("node = 3").hasPrefix(
                "i.toml:1:8: error: `node` must be written as [[node]], not an integer"))
        #expect(
            Reading.errors("[node]\nname = \"a\"")
                == "i.toml:1:1: error: `node` must be written as [[node]], not a table")
    }

    @Test("a node needs a name and an address")
    func required() {
        let expected = """
            i.toml:1:1: error: [[node]] needs `name`
            i.toml:1:1: error: [[node]] needs `address`
            """
        #expect(Reading.errors("[[node]]") == expected)
    }

    @Test(
        "names must be host names",
        arguments: [
            ("", "\"\" is no node name: it is empty"),
            ("a b", "\"a b\" is no node name: ` ` is not a letter, a digit, `-` or `.`"),
            ("nodo_1", "\"nodo_1\" is no node name: `_` is not a letter, a digit, `-` or `.`"),
            ("ñodo", "\"ñodo\" is no node name: `ñ` is not a letter, a digit, `-` or `.`"),
            ("-a", "\"-a\" is no node name: a part begins or ends with `-`"),
            ("a-.b", "\"a-.b\" is no node name: a part begins or ends with `-`"),
            ("a..b", "\"a..b\" is no node name: a part between dots is empty"),
            ("12", "\"12\" is no node name: it has digits only"),
            ("all", "\"all\" is no node name: runbooks give it another meaning"),
        ])
    func names(name: String, expected: String) {
        let text = "[[node]]\nname = \"\(name)\"\naddress = \"192.0.2.1\""
        #expect(Reading.errors(text) == "i.toml:2:8: error: \(expected)")
    }

    @Test("a name has at most 63 characters between dots and 253 in all")
    func longNames() {
        let label = String(repeating: "a", count: 64)
        #expect(
            Reading.errors("[[node]]\nname = \"\(label)\"\naddress = \"192.0.2.1\"").hasSuffix("than 63 characters"))
        let name = Array(repeating: "abcdefghi", count: 26).joined(separator: ".")
        #expect(
            Reading.errors("[[node]]\nname = \"\(name)\"\naddress = \"192.0.2.1\"").hasSuffix("than 253 characters"))
    }

    @Test(
        "addresses must be addresses",
        arguments: [
            ("192.168.100.300", "\"192.168.100.300\" is no IPv4 address"),
            ("10.1", "\"10.1\" is no IPv4 address"),
            ("010.0.0.1", "\"010.0.0.1\" is no IPv4 address"),
            ("192.0.2.1/24", "\"192.0.2.1/24\" must be an address without a /prefix"),
            ("2001:db8::g", "\"2001:db8::g\" is no IPv6 address"),
            ("192.0.2.1:22", "\"192.0.2.1:22\" is no IPv6 address"),
            ("0.0.0.0", "\"0.0.0.0\" is not the address of one host"),
            ("224.0.0.1", "\"224.0.0.1\" is not the address of one host"),
            ("ff02::1", "\"ff02::1\" is not the address of one host"),
            ("::", "\"::\" is not the address of one host"),
            (
                "fe80::1",
                "\"fe80::1\" is a link-local address: every interface has such ones, so it says nothing without one; "
                    + "give another address of the host, such as one of fd00::/8"
            ),
            (
                "fe80::1%eth0",
                "\"fe80::1%eth0\" names an interface of one host, and the cluster uses an address on all of them; give an "
                    + "address that needs none, such as one of fd00::/8"
            ),
            ("root@host", "\"root@host\" is no host name: `@` is not a letter, a digit, `-` or `.`"),
            ("", "\"\" is no IPv4 address"),
        ])
    func addresses(address: String, expected: String) {
        let text = "[[node]]\nname = \"n1\"\naddress = \"\(address)\""
        #expect(Reading.errors(text) == "i.toml:3:11: error: \(expected)")
    }

    @Test(
        "names, addresses of every kind and loopback are fine for single nodes",
        arguments: [
            "127.0.0.1", "::1", "host.example.org", "localhost", "2001:db8::5", "192.0.2.7", "169.254.3.4",
        ])
    func goodAddresses(address: String) {
        #expect(Reading.errors("[[node]]\nname = \"n1\"\naddress = \"\(address)\"") == "")
    }

    @Test("repeated names are errors, capitals or not")
    func repeatedNames() {
        let text = Reading.node + "[[node]]\nname = \"N1\"\naddress = \"192.0.2.2\"\n" + Reading.node
        let expected = """
            i.toml:5:8: error: the node name "N1" is given twice; the first is on line 2
            i.toml:8:8: error: the node name "n1" is given twice; the first is on line 2
            i.toml:9:11: error: "192.0.2.1" is already the address of n1
            """
        #expect(Reading.errors(text) == expected)
    }

    @Test("one address is two nodes only by two ports, however it is written")
    func repeatedAddresses() {
        let text = """
            [[node]]
            name = "a"
            address = "2001:db8::1"
            [[node]]
            name = "b"
            address = "2001:DB8:0::1"
            """
        #expect(Reading.errors(text) == "i.toml:6:11: error: \"2001:DB8:0::1\" is already the address of a")
        #expect(Reading.errors(text + "\nport = 2222") == "")
    }

    @Test(
        "links must be IP addresses that other nodes reach",
        arguments: [
            (
                "169.254.3.4",
                "\"169.254.3.4\" is a link-local address: hosts give such ones to themselves, and others at the next boot; give "
                    + "the interface a fixed one, such as one of 10.0.0.0/8, and write that"
            ),
            ("127.0.1.1", "\"127.0.1.1\" is a loopback address: the other nodes cannot reach this one through it"),
            ("::1", "\"::1\" is a loopback address: the other nodes cannot reach this one through it"),
            (
                "::ffff:127.0.0.1",
                "\"::ffff:127.0.0.1\" is a loopback address: "
                    + "the other nodes cannot reach this one through it"
            ),
            ("nodo1", "\"nodo1\" is no IP address"),
            ("10.0.0.1/24", "\"10.0.0.1/24\" must be an address without a /prefix"),
        ])
    func links(link: String, expected: String) {
        #expect(Reading.errors(Reading.node + "links = [\"\(link)\"]") == "i.toml:4:10: error: \(expected)")
    }

    @Test("links must differ, and be as many on every node")
    func linkAgreement() {
        let text = """
            [[node]]
            name = "a"
            address = "192.0.2.1"
            links = ["10.0.0.1", "10.0.1.1"]
            [[node]]
            name = "b"
            address = "192.0.2.2"
            links = ["10.0.0.1"]
            [[node]]
            name = "c"
            address = "192.0.2.3"
            [[node]]
            name = "d"
            address = "192.0.2.4"
            links = ["10.0.0.4", "2001:db8::4"]
            """
        let expected = """
            i.toml:8:9: error: b has 1 link and a has 2 links; all nodes need the same number
            i.toml:8:10: error: "10.0.0.1" is already a link of a
            i.toml:9:1: error: c has no `links`, which means one and a has 2 links; all nodes need the same number
            i.toml:15:22: error: link 1 is an IPv4 address on one node and an IPv6 one on a
            """
        #expect(Reading.errors(text) == expected)
    }

    @Test("an empty array of links and more than eight are errors")
    func linkCount() {
        #expect(
            Reading.errors(Reading.node + "links = []")
                == "i.toml:4:9: error: `links` must not be empty; leave it out to use `address`")
        let many = (1...9).map { "\"10.0.0.\($0)\"" }.joined(separator: ", ")
        #expect(
            Reading.errors(Reading.node + "links = [\(many)]")
                == "i.toml:4:9: error: corosync has at most 8 links, not 9")
        #expect(
            Reading.errors(Reading.node + "links = \"10.0.0.1\"")
                == "i.toml:4:9: error: `links` must be an array of strings, not a string")
        #expect(
            Reading.errors(Reading.node + "links = [1]")
                == "i.toml:4:10: error: `links` must be an array of strings, not of an integer")
    }

    @Test("in a cluster a node has its short host name, which the preflight would compare it with")
    func shortNames() {
        let nodes = "[[node]]\nname = \"n1.example.org\"\naddress = \"192.0.2.1\"\n" + Reading.secondNode
        #expect(Reading.errors(nodes) == "")
        #expect(
            Reading.errors(nodes + "[cluster]\nname = \"c\"")
                == "i.toml:2:8: error: \"n1.example.org\": in a cluster a node has its host name without the domain; "
                + "write name = \"n1\"")
    }

    @Test("in a cluster nodes are reached by IP addresses that are not loopback")
    func clusterAddresses() {
        let text = """
            [cluster]
            name = "c"
            [[node]]
            name = "a"
            address = "127.0.1.1"
            [[node]]
            name = "b"
            address = "b.example.org"
            [[node]]
            name = "d"
            address = "169.254.3.4"
            """
        let expected = """
            i.toml:5:11: error: "127.0.1.1" is a loopback address: the other nodes cannot reach it
            i.toml:8:11: error: "b.example.org" is a name, and corosync needs IP addresses: give the address, or `links` too
            i.toml:11:11: error: "169.254.3.4" is a link-local address: hosts give such ones to themselves, and others at the \
            next boot; give the interface a fixed one, such as one of 10.0.0.0/8, and write that
            """
        #expect(Reading.errors(text) == expected)
    }

    @Test("groups have names of their own")
    func groups() {
        let text = Reading.node + "groups = [\"web\", \"web\", \"N2\", \"a b\"]\n" + Reading.secondNode
        let expected = """
            i.toml:4:18: error: the group "web" is given twice
            i.toml:4:25: error: "N2" is a node; a group needs a name of its own
            i.toml:4:31: error: "a b" is no group name: ` ` is not a letter, a digit, `-` or `.`
            """
        #expect(Reading.errors(text) == expected)
    }

    @Test("the ssh keys are checked in [ssh] and in a node alike")
    func ssh() {
        let text = """
            [ssh]
            user = "ro ot"
            port = 0
            identity = ""
            known_hosts = "~other/known_hosts"
            [[node]]
            name = "a"
            address = "192.0.2.1"
            port = 65536
            user = 5
            identiti = "x"
            """
        let expected = """
            i.toml:2:8: error: "ro ot" is no user name
            i.toml:3:8: error: `port` must lie between 1 and 65535
            i.toml:4:12: error: a path must not be empty
            i.toml:5:15: error: "~other/known_hosts": only `~/` is understood, not another user's home
            i.toml:9:8: error: `port` must lie between 1 and 65535
            i.toml:10:8: error: `user` must be a string, not an integer
            i.toml:11:1: error: unknown key `identiti` in [[node]]; did you mean `identity`?
            """
        #expect(Reading.errors(text) == expected)
    }
}
