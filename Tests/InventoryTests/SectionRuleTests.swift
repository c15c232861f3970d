import Inventory
import Settings
import Testing

@Suite("Rules for sections")
struct SectionRuleTests {
    /// The errors of a section that begins on line 4, without the file's name.
    private func errors(_ section: String, before: String = Reading.node, files: [String: UInt16] = [:]) -> [String] {
        Reading.errors(before + section, files: files).split(separator: "\n").map {
            String($0.dropFirst("i.toml:".count))
        }
    }

    @Test("unknown sections and keys are errors, with the nearest known one named")
    func unknown() {
        #expect(errors("[storag]\n") == ["4:2: error: unknown key `storag` in the inventory; did you mean `storage`?"])
        #expect(errors("[xyz]\n") == ["4:2: error: unknown key `xyz` in the inventory"])
        #expect(
            errors("[cluster]\nname = \"a\"\nstart_on_boot = true") == [
                "6:1: error: unknown key `start_on_boot` in [cluster]; did you mean `start_at_boot`?"
            ])
        #expect(
            Reading.errors("cluster = 3\n" + Reading.node)
                == "i.toml:1:11: error: `cluster` must be a table, not an integer")
    }

    @Test(
        "the cluster's name takes letters, digits, _ and -",
        arguments: [
            ("\"a b\"", "\"a b\" is no cluster name: it takes letters, digits, `_` and `-`"),
            ("\"\"", "\"\" is no cluster name: it takes letters, digits, `_` and `-`"),
            ("\"\(String(repeating: "a", count: 65))\"", "a cluster name has at most 64 characters"),
            ("1", "`name` must be a string, not an integer"),
        ])
    func clusterName(name: String, expected: String) {
        #expect(errors("[cluster]\nname = \(name)") == ["5:8: error: \(expected)"])
    }

    @Test("start_at_boot is true or false")
    func startAtBoot() {
        #expect(
            errors("[cluster]\nname = \"a\"\nstart_at_boot = \"yes\"") == [
                "6:17: error: `start_at_boot` must be true or false, not a string"
            ])
    }

    @Test("a desktop goes to all nodes, none, or some that exist, with real package names")
    func desktop() {
        #expect(errors("[desktop]") == ["4:1: error: [desktop] needs `install`"])
        let kinds = "`install` must be \"all\", \"none\" or an array of node names, not"
        #expect(errors("[desktop]\ninstall = \"some\"") == ["5:11: error: \(kinds) \"some\""])
        #expect(errors("[desktop]\ninstall = true") == ["5:11: error: \(kinds) true or false"])
        #expect(
            errors("[desktop]\ninstall = [\"n1\", \"n2\", \"zebra\"]") == [
                "5:18: error: no [[node]] is named \"n2\"; did you mean \"n1\"?",
                "5:24: error: no [[node]] is named \"zebra\"",
            ])
        #expect(
            errors("[desktop]\ninstall = \"all\"\npackages = [\"Xfce\", \"a\", \"g++\", \"x;y\"]") == [
                "6:13: error: \"Xfce\" is no Debian package name", "6:21: error: \"a\" is no Debian package name",
                "6:33: error: \"x;y\" is no Debian package name",
            ])
    }

    @Test("iscsi needs a portal and a target")
    func iscsiRequired() {
        #expect(errors("[iscsi]") == ["4:1: error: [iscsi] needs `portal`", "4:1: error: [iscsi] needs `target`"])
    }

    @Test(
        "a portal is a host with a port",
        arguments: [
            ("192.0.2.5:0", "\"192.0.2.5:0\" is no portal: a port from 1 to 65535 stands behind the colon"),
            ("192.0.2.5:70000", "\"192.0.2.5:70000\" is no portal: a port from 1 to 65535 stands behind the colon"),
            ("192.0.2.5:", "\"192.0.2.5:\" is no portal: a port from 1 to 65535 stands behind the colon"),
            ("192.0.2.5:+80", "\"192.0.2.5:+80\" is no portal: a port from 1 to 65535 stands behind the colon"),
            ("192.0.2.500", "\"192.0.2.500\" is no IPv4 address"),
            ("2001:db8::5", "\"2001:db8::5\": an IPv6 portal is written in brackets, as [2001:db8::5]:3260"),
            ("[2001:db8::5", "\"[2001:db8::5\" is no portal: `]` is missing"),
            ("[192.0.2.5]", "\"192.0.2.5\" is no IPv6 address"),
            ("[2001:db8::5]3260", "\"[2001:db8::5]3260\" is no portal: a port from 1 to 65535 stands behind the colon"),
            ("n_as", "\"n_as\" is no host name: `_` is not a letter, a digit, `-` or `.`"),
        ])
    func portal(portal: String, expected: String) {
        let section = "[iscsi]\nportal = \"\(portal)\"\ntarget = \"iqn.2005-10.org.freenas.ctl:ha\""
        #expect(errors(section) == ["5:10: error: \(expected)"])
    }

    @Test("a portal's address is kept in its shortest notation, as targets list it")
    func canonicalPortal() throws {
        for (text, expected) in [
            ("[2001:DB8:0:0::5]", "[2001:db8::5]:3260"), ("[::FFFF:192.0.2.5]:1", "[::ffff:192.0.2.5]:1"),
            ("192.0.2.5", "192.0.2.5:3260"), ("NAS.example", "NAS.example:3260"),
        ] {
            let section = "[iscsi]\nportal = \"\(text)\"\ntarget = \"iqn.2005-10.org.freenas.ctl:ha\""
            #expect(try Reading.fleet(Reading.node + section).iscsi?.portal.description == expected)
        }
    }

    @Test(
        "a target has an iSCSI name",
        arguments: [
            "ha", "iqn.2005-10", "iqn.2005-13.org:x", "iqn.05-10.org:x", "iqn.2005-10.org:a b", "iqn.2005-10.org:a;b",
            "eui.123", "naa.xyz", "IQN.2005-10.org:x",
        ])
    func target(target: String) {
        #expect(
            errors("[iscsi]\nportal = \"192.0.2.5\"\ntarget = \"\(target)\"") == [
                "6:10: error: \"\(target)\" is no iSCSI target name, such as iqn.2005-10.org.freenas.ctl:ha"
            ])
    }

    @Test("a secret in the inventory is refused with the reason, and so is a file that others may read")
    func secrets() {
        func chap(_ chap: String, files: [String: UInt16] = [:]) -> [String] {
            errors("chap = \(chap)", before: Reading.node + Reading.iscsi, files: files)
        }
        #expect(
            chap("{ user = \"u\", password = \"hunter2\" }") == [
                "7:33: error: `password` must not stand in the inventory itself, which is copied and committed; "
                    + "write { env = \"NAME\" } or { file = \"path\" }"
            ])
        #expect(
            chap("{ user = \"u\", password = { env = \"A\", file = \"b\" } }") == [
                "7:33: error: `password` needs either `env` or `file`"
            ])
        #expect(chap("{ user = \"u\", password = {} }") == ["7:33: error: `password` needs either `env` or `file`"])
        #expect(
            chap("{ user = \"u\", password = { env = \"A-B\" } }") == [
                "7:41: error: \"A-B\" is no name of an environment variable"
            ])
        #expect(
            chap("{ password = { env = \"A\" }, usr = \"u\" }") == [
                "7:8: error: `chap` needs `user`", "7:36: error: unknown key `usr` in `chap`; did you mean `user`?",
            ])
        let secret = "{ user = \"u\", password = { file = \"my secret\" } }"
        #expect(
            chap(secret, files: ["/work/site/my secret": 0o640]) == [
                "7:42: error: /work/site/my secret can be read by others (mode 0640); "
                    + "type: chmod 600 '/work/site/my secret'"
            ])
        #expect(chap(secret, files: ["/work/site/my secret": 0o600]) == [])
        #expect(chap("3") == ["7:8: error: `chap` must be a table, not an integer"])
    }

    @Test("a fencing method that is not built says so and names those that are")
    func unbuiltFencing() {
        for method in ["scsi", "ipmi", "redfish", "virsh"] {
            #expect(
                errors("[fencing]\nmethod = \"\(method)\"") == [
                    "5:10: error: the fencing method \"\(method)\" is not built yet in this version; "
                        + "use \"sbd\", or \"none\" with accept_data_loss = true"
                ])
        }
        #expect(
            errors("[fencing]\nmethod = \"magic\"") == [
                "5:10: error: `method` must be one of \"sbd\", \"scsi\", \"ipmi\", \"redfish\", \"virsh\", \"none\", "
                    + "not \"magic\""
            ])
        #expect(errors("[fencing]") == ["4:1: error: [fencing] needs `method`"])
    }

    @Test("no fencing must be meant")
    func noFencing() {
        let reason =
            "5:10: error: without fencing a node that only seems dead goes on writing while another takes "
            + "its disk over; write accept_data_loss = true if that is to be"
        #expect(errors("[fencing]\nmethod = \"none\"") == [reason])
        #expect(errors("[fencing]\nmethod = \"none\"\naccept_data_loss = false") == [reason])
        #expect(errors(Reading.noFencing) == [])
    }

    @Test("sbd needs one disk and a device as watchdog")
    func sbd() {
        let before = Reading.node + Reading.iscsi
        #expect(
            errors("[fencing]\nmethod = \"sbd\"", before: before) == [
                "7:1: error: [fencing] with method = \"sbd\" needs `lun` or `wwid`"
            ])
        #expect(
            errors("[fencing]\nmethod = \"sbd\"\nlun = 1\nwatchdog = \"watchdog\"", before: before) == [
                "10:12: error: \"watchdog\" is no watchdog device, such as /dev/watchdog"
            ])
        #expect(errors("[fencing]\nmethod = \"sbd\"\nlun = 1\nwatchdog = \"/dev/../x\"", before: before).count == 1)
    }

    @Test(
        "a floating address is one host's, with its prefix",
        arguments: [
            ("192.0.2.9", "\"192.0.2.9\" must be an address with its network's prefix, such as 192.168.100.200/24"),
            ("192.0.2.9/x", "\"192.0.2.9/x\" must be an address with its network's prefix, such as 192.168.100.200/24"),
            ("192.0.2.999/24", "\"192.0.2.999\" is no IPv4 address"),
            ("192.0.2.9/33", "the prefix of \"192.0.2.9/33\" must lie between 1 and 32"),
            ("2001:db8::9/0", "the prefix of \"2001:db8::9/0\" must lie between 1 and 128"),
            (
                "fe80::9/64",
                "\"fe80::9\" is a link-local address: every interface has such ones, so it says nothing without one; give "
                    + "another address of the host, such as one of fd00::/8"
            ),
            (
                "169.254.0.9/16",
                "\"169.254.0.9\" is a link-local address: hosts give such ones to themselves, and others at the next boot; "
                    + "give the interface a fixed one, such as one of 10.0.0.0/8, and write that"
            ),
            ("127.0.0.9/8", "\"127.0.0.9/8\" is a loopback address: nobody else can reach it"),
            ("192.0.2.0/24", "\"192.0.2.0/24\" is the network's own address, not a host's"),
            ("192.0.2.255/24", "\"192.0.2.255/24\" is the network's broadcast address, not a host's"),
            ("192.0.2.1/24", "192.0.2.1 is the address of n1 itself; the floating one must be free"),
        ])
    func address(ip: String, expected: String) {
        #expect(errors("[address]\nip = \"\(ip)\"") == ["5:6: error: \(expected)"])
    }

    @Test("in a cluster the floating address needs the disk that it follows")
    func addressAlone() {
        #expect(
            errors("[address]\nip = \"192.0.2.9/24\"\n[cluster]\nname = \"c\"") == [
                "4:1: error: in a cluster [address] needs [storage]: the address goes where the shared disk is mounted"
            ])
        #expect(errors("[address]\nip = \"192.0.2.9/24\"") == [], "a file for `exec` may hold the address")
    }

    @Test("the floating address must not be a node's link, however it is written")
    func addressAndLink() {
        let node = "[[node]]\nname = \"n1\"\naddress = \"192.0.2.1\"\nlinks = [\"2001:db8::1\"]\n"
        #expect(
            errors("[address]\nip = \"2001:db8:0::1/64\"", before: node) == [
                "6:6: error: 2001:db8::1 is the address of n1 itself; the floating one must be free"
            ])
    }

    @Test(
        "an interface has a name that the kernel takes", arguments: ["", "br 0", "averyveryverylongname", "lo", "a/b"])
    func interface(name: String) {
        #expect(
            errors("[address]\nip = \"192.0.2.9/24\"\ninterface = \"\(name)\"") == [
                "6:13: error: \"\(name)\" is no network interface, such as br0"
            ])
    }

    @Test(
        "a probe is icmp, a port or a page",
        arguments: [
            ("ping", "\"ping\" is no probe: write \"icmp\", \"tcp:PORT\" or \"http://…\""),
            ("tcp:0", "the port of \"tcp:0\" must lie between 1 and 65535"),
            ("tcp:99999", "the port of \"tcp:99999\" must lie between 1 and 65535"),
            ("tcp:http", "\"tcp:http\" is no probe: write \"icmp\", \"tcp:PORT\" or \"http://…\""),
            ("https://a", "\"https://a\" is no probe: write \"icmp\", \"tcp:PORT\" or \"http://…\""),
            ("http://", "\"\" is no IPv4 address"),
            ("http://u@h/", "\"http://u@h/\" is no http address that can be asked"),
        ])
    func probe(probe: String, expected: String) {
        let section = "[address]\nip = \"192.0.2.9/24\"\n[failover]\nprobe = \"\(probe)\""
        #expect(errors(section) == ["7:9: error: \(expected)"])
    }

    @Test("a budget is a time of a second or more, and a probe of the address needs one")
    func failover() {
        let budget = "`budget` must be a duration such as \"90s\", \"2m\" or \"1h\", not"
        let probe = "[address]\nip = \"192.0.2.9/24\"\n[failover]\nprobe = \"http://192.0.2.9/\"\nbudget = "
        #expect(errors(probe + "\"90\"") == ["8:10: error: \(budget) \"90\""])
        #expect(errors(probe + "\"500ms\"") == ["8:10: error: `budget` must be at least \"1s\""])
        #expect(errors(probe + "90") == ["8:10: error: `budget` must be a duration such as \"90s\", not an integer"])
        #expect(
            errors("[failover]\nprobe = \"http://192.0.2.9/\"") == [
                "4:1: error: [failover] needs [address]: a failover is measured at the floating address too, whatever "
                    + "the probe asks"
            ])
        #expect(
            errors("[failover]\nprobe = \"tcp:80\"") == [
                "5:9: error: the probe \"tcp:80\" asks the floating address, so it needs [address]"
            ])
        #expect(
            errors("[failover]") == ["4:1: error: the probe \"icmp\" asks the floating address, so it needs [address]"])
    }
}
