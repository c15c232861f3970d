import Steps
import Testing
import Transport

@testable import Actions

@Suite("corosync.conf")
struct CorosyncConfigurationTests {
    /// What the packages of Debian 12 bring.
    static let debian = """
        # Please read the corosync.conf.5 manual page
        totem {
        \tversion: 2

        \tcluster_name: debian
        \tcrypto_cipher: none
        }
        logging {
        \tlogger_subsys {
        \t\tsubsys: QUORUM
        \t}
        }
        nodelist {
        \tnode {
        \t\tname: node1
        \t\tnodeid: 1
        \t\tring0_addr: 127.0.0.1
        \t}
        }
        """

    /// What pcs 0.11 writes for ``twoPeers``.
    static func shop(name: String = "shop", second: String = "nodo2", uuid: String = "0a1b") -> String {
        """
        totem {
            version: 2
            cluster_name: \(name)
            transport: knet
            token: 5000
            crypto_cipher: aes256
            crypto_hash: sha256
            cluster_uuid: \(uuid)
        }

        nodelist {
            node {
                ring0_addr: 10.77.1.11
                ring1_addr: 10.77.2.11
                name: nodo1
                nodeid: 1
            }

            node {
                ring0_addr: 10.77.1.12
                ring1_addr: 10.77.2.12
                name: \(second)
                nodeid: 2
            }
        }

        quorum {
            provider: corosync_votequorum
            two_node: 1
        }

        logging {
            to_logfile: yes
            logfile: /var/log/corosync/corosync.log
            to_syslog: yes
            timestamp: on
        }
        """
    }

    @Test("the packages' own cluster is recognised, named and nameless")
    func distribution() throws {
        let debian = try #require(CorosyncConfiguration(parsing: Self.debian))
        #expect(debian.isDistributionDefault)
        #expect(debian.title == "cluster \"debian\" of node1 (127.0.0.1)")
        let ubuntu = try #require(
            CorosyncConfiguration(parsing: Self.debian.replacing("\t\tname: node1\n", with: "")))
        #expect(ubuntu.isDistributionDefault)
        #expect(ubuntu.nodes == [.init(name: nil, addresses: ["127.0.0.1"])])
    }

    @Test("a cluster that only bears the default name is not the default cluster")
    func onlyTheName() throws {
        let other = Self.debian.replacing("127.0.0.1", with: "192.168.1.5")
        #expect(CorosyncConfiguration(parsing: other)?.isDistributionDefault == false)
        #expect(CorosyncConfiguration(parsing: Self.shop(name: "debian"))?.isDistributionDefault == false)
    }

    @Test("pcs's file has a name, nodes with their links, and the mark of two nodes")
    func pcs() throws {
        let shop = try #require(CorosyncConfiguration(parsing: Self.shop()))
        #expect(shop.clusterName == "shop")
        #expect(shop.nodes.map(\.addresses) == twoPeers.map(\.links))
        #expect(shop.options["quorum.two_node"] == "1")
        #expect(shop.difference(from: "shop", of: twoPeers) == nil)
        #expect(shop.difference(from: "shop", of: twoPeers.reversed()) == nil)
    }

    @Test("every difference to the wanted cluster is named")
    func differences() throws {
        let shop = try #require(CorosyncConfiguration(parsing: Self.shop()))
        #expect(shop.difference(from: "other", of: twoPeers)?.hasPrefix("it is cluster \"shop\" of nodo1") == true)
        #expect(
            shop.difference(from: "shop", of: [twoPeers[0]])
                == "its nodes are nodo1, nodo2, the inventory's are nodo1")
        var moved = twoPeers
        moved[1].links = ["10.77.1.12"]
        #expect(
            shop.difference(from: "shop", of: moved)
                == "nodo2 has the addresses 10.77.1.12, 10.77.2.12 there, the inventory says 10.77.1.12")
        moved[1].links = ["10.77.2.12", "10.77.1.12"]
        #expect(shop.difference(from: "shop", of: moved) != nil)
    }

    @Test("a file whose braces do not match is not read", arguments: ["totem {", "}", "a {\n}\n}"])
    func braces(text: String) { #expect(CorosyncConfiguration(parsing: text) == nil) }
}
