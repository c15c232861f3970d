import Documents
import Inventory
import Settings
import Testing
import Transport

@Suite("Fleet")
struct FleetTests {
    private let full = """
        [cluster]
        name = "opencart_cluster"
        start_at_boot = false
        [ssh]
        user = "admin"
        identity = "~/keys/id"
        known_hosts = "./known_hosts"
        [[node]]
        name = "nodo1"
        address = "192.168.100.11"
        links = ["10.0.0.11", "2001:DB8::11"]
        groups = ["a"]
        [[node]]
        name = "nodo2"
        address = "192.168.100.12"
        links = ["10.0.0.12", "2001:db8::12"]
        port = 2222
        user = "root"
        identity = "/etc/key"
        [desktop]
        install = ["nodo2"]
        [iscsi]
        portal = "[2001:db8::5]"
        target = "iqn.2005-10.org.freenas.ctl:ha"
        chap = { user = "harun", password = { env = "HARUN_CHAP" } }
        [storage]
        wwid = "0x6001405AAAAAAAAA"
        mount = "/mnt/shared_storage"
        format = "if-empty"
        [fencing]
        method = "sbd"
        lun = 2
        [vm]
        name = "opencart"
        source = "nodo2"
        [address]
        ip = "192.168.100.200/24"
        interface = "br0"
        [failover]
        budget = "2m"
        probe = "tcp:80"
        """

    @Test("every setting is read")
    func everything() throws {
        let fleet = try Reading.fleet(full)
        #expect(fleet.cluster == Cluster(name: "opencart_cluster", startAtBoot: false))
        #expect(fleet.nodes.map(\.name) == ["nodo1", "nodo2"])
        #expect(fleet.nodes[0].clusterLinks == ["10.0.0.11", "2001:db8::11"])
        #expect(fleet.nodes[0].groups == ["a"])
        let first = fleet.nodes[0].endpoint()
        #expect(first.user == "admin" && first.port == 22 && first.address == "192.168.100.11")
        #expect(first.identities == ["/home/me/keys/id"] && first.knownHosts == "/work/site/known_hosts")
        let second = fleet.nodes[1].endpoint()
        #expect(second.user == "root" && second.port == 2222 && second.identities == ["/etc/key"])
        #expect(second.knownHosts == "/work/site/known_hosts")
        #expect(fleet.nodes[1].ssh.given == ["user", "port", "identity", "known_hosts"])
        #expect(fleet.desktop == Desktop(install: .nodes(["nodo2"])))
        #expect(fleet.desktop?.isWanted(on: "nodo1") == false && fleet.desktop?.isWanted(on: "nodo2") == true)
        #expect(
            fleet.iscsi
                == ISCSI(
                    portal: Portal(host: "2001:db8::5"), target: "iqn.2005-10.org.freenas.ctl:ha",
                    chap: Chap(user: "harun", password: .env("HARUN_CHAP"))))
        #expect(
            fleet.storage
                == Storage(unit: .wwid("0x6001405aaaaaaaaa"), mount: "/mnt/shared_storage", format: .ifEmpty))
        #expect(fleet.fencing == Fencing(method: .sbd, unit: .lun(2)))
        #expect(fleet.vm == VirtualMachine(name: "opencart", source: "nodo2"))
        #expect(fleet.address?.floating.description == "192.168.100.200/24" && fleet.address?.interface == "br0")
        #expect(fleet.failover == Failover(budget: .seconds(120), probe: .tcp(80)))
        #expect(fleet.sourceText == full)
        #expect(try fleet.requireCluster().name == "opencart_cluster")
    }

    @Test("what is left out has its default, and a left out section is left out")
    func defaults() throws {
        let files: [String: UInt16] = ["/home/me/.ssh/id_ecdsa": 0o600]
        let fleet = try Reading.fleet(Reading.node, files: files)
        let endpoint = fleet.nodes[0].endpoint()
        #expect(endpoint.user == "root" && endpoint.port == 22)
        #expect(endpoint.identities == ["/home/me/.ssh/id_ecdsa"] && endpoint.knownHosts == "/home/me/.ssh/known_hosts")
        let oldest = try Reading.fleet(Reading.node, files: ["/home/me/.ssh/id_rsa": 0o600]).nodes[0].endpoint()
        #expect(oldest.identities == ["/home/me/.ssh/id_rsa"])
        #expect(fleet.ssh.given.isEmpty)
        #expect(fleet.cluster == nil && fleet.desktop == nil && fleet.vm == nil && fleet.failover == nil)
        #expect(fleet.nodes[0].clusterLinks == ["192.0.2.1"])
        let cluster = try Reading.fleet(
            "[cluster]\nname = \"c\"\n[address]\nip = \"192.0.2.9/24\"\n[failover]\n[storage]\nlun = 1\nmount = \"/d\"\n"
                + Reading.node + Reading.iscsi + Reading.noFencing)
        #expect(cluster.cluster?.startAtBoot == true)
        #expect(cluster.failover == Failover(budget: .seconds(90), probe: .icmp))
    }

    @Test("formatting must be asked for")
    func format() throws {
        let text =
            Reading.node + Reading.iscsi + Reading.noFencing
            + "[storage]\nwwid = \"0x6001405000000001\"\nmount = \"/d\"\n"
        #expect(try Reading.fleet(text).storage?.format == .never)
    }

    @Test("a password that is left out is asked for")
    func terminal() throws {
        let fleet = try Reading.fleet(Reading.node + Reading.iscsi + "chap = { user = \"u\" }")
        #expect(fleet.iscsi?.chap?.password == .terminal)
    }

    @Test("a cluster needs its section, two nodes and a word on fencing")
    func requireCluster() throws {
        let fleet = try Reading.fleet(Reading.node)
        let error = #expect(throws: DiagnosticError.self) { try fleet.requireCluster() }
        let expected = """
            i.toml:1:1: error: a cluster needs a [cluster] section with its name
            i.toml:1:1: error: a cluster needs two or more [[node]], not 1
            i.toml:1:1: error: a cluster needs a [fencing] section: method = "sbd" with a small disk of its own, \
            or method = "none" with accept_data_loss = true
            """
        #expect(error?.description == expected)
    }

    @Test(
        "settings are found by their path, with defaults and without secrets",
        arguments: [
            ("cluster.name", Value.Content.string("opencart_cluster")), ("cluster.start_at_boot", .boolean(false)),
            ("ssh.user", .string("admin")), ("ssh.port", .integer(22)), ("iscsi.portal", .string("[2001:db8::5]:3260")),
            ("iscsi.target", .string("iqn.2005-10.org.freenas.ctl:ha")), ("iscsi.chap.user", .string("harun")),
            ("iscsi.chap.password.env", .string("HARUN_CHAP")),
            ("storage.wwid", .string("0x6001405aaaaaaaaa")), ("storage.filesystem", .string("ext4")),
            ("storage.mount", .string("/mnt/shared_storage")), ("storage.format", .string("if-empty")),
            ("storage.read_limit", .string("1TiB")),
            ("fencing.method", .string("sbd")), ("fencing.lun", .integer(2)),
            ("fencing.watchdog", .string("/dev/watchdog")), ("fencing.accept_data_loss", .boolean(false)),
            ("vm.name", .string("opencart")), ("vm.source", .string("nodo2")),
            ("address.ip", .string("192.168.100.200/24")), ("address.interface", .string("br0")),
            ("failover.budget", .string("2m")), ("failover.probe", .string("tcp:80")),
        ])
    func lookup(path: String, expected: Value.Content) throws {
        #expect(try Reading.fleet(full).lookup(path)?.content == expected)
    }

    @Test(
        "what is not there or secret is not found",
        arguments: [
            "", ".", "vm", "iscsi.chap.password", "storage.lun", "vm.disks", "no.such",
            "cluster.name.x",
            "node", "cluster.",
        ])
    func lookupMisses(path: String) throws {
        let value = try Reading.fleet(full).lookup(path)
        #expect(value == nil || value?.table != nil)
    }

    @Test("a setting has its place, a default that of its section, and sections are known")
    func places() throws {
        let fleet = try Reading.fleet(full)
        #expect(fleet.lookup("storage.mount")?.location.description == "i.toml:28:9")
        #expect(fleet.lookup("storage.filesystem")?.location.description == "i.toml:26:1")
        #expect(fleet.lookup("iscsi.chap.user")?.location.description == "i.toml:25:17")
        #expect(fleet.has(section: "vm") && fleet.has(section: "node") && !fleet.has(section: "groups"))
    }

    @Test("ten errors in one file are ten lines, in the order of the file")
    func tenErrors() {
        let text = """
            [cluster]
            name = "a b"
            name = "ab"
            [[node]]
            name = "n1"
            address = "192.0.2.300"
            [[node]]
            name = "n1"
            adress = "192.0.2.2"
            [iscsi]
            portal = "192.0.2.5:x"
            target = "ha"
            [storage]
            lun = 1
            mount = "/etc"
            [fencing]
            method = "ipmi"
            [failover]
            budget = "0s"
            probe = "icmp"
            """
        let expected = """
            i.toml:2:8: error: "a b" is no cluster name: it takes letters, digits, `_` and `-`
            i.toml:3:1: error: `name` is given twice; the first is on line 2
            i.toml:6:11: error: "192.0.2.300" is no IPv4 address
            i.toml:7:1: error: [[node]] needs `address`
            i.toml:8:8: error: the node name "n1" is given twice; the first is on line 5
            i.toml:9:1: error: unknown key `adress` in [[node]]; did you mean `address`?
            i.toml:11:10: error: "192.0.2.5:x" is no portal: a port from 1 to 65535 stands behind the colon
            i.toml:12:10: error: "ha" is no iSCSI target name, such as iqn.2005-10.org.freenas.ctl:ha
            i.toml:15:9: error: "/etc" belongs to the system; mount elsewhere, such as /mnt/shared_storage
            i.toml:17:10: error: the fencing method "ipmi" is not built yet in this version; \
            use "sbd", or "none" with accept_data_loss = true
            i.toml:19:10: error: `budget` must be at least "1s"
            i.toml:20:9: error: the probe "icmp" asks the floating address, so it needs [address]
            """
        #expect(Reading.errors(text) == expected)
    }

    @Test("control characters are refused wherever they stand, once each")
    func controlCharacters() {
        let text = """
            [[node]]
            name = "n\\u001b1"
            address = "192.0.2.1\\n"
            groups = ["a", '''
            b
            c''']
            "a\\tb" = 1
            """
        let expected = """
            i.toml:2:8: error: the text holds the control character U+001B
            i.toml:3:11: error: the text holds the control character U+000A
            i.toml:4:16: error: the text holds the control character U+000A
            i.toml:7:1: error: the text holds the control character U+0009
            """
        #expect(Reading.errors(text) == expected)
    }
}
