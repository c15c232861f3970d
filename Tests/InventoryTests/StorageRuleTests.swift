import Documents
import Inventory
import Testing

@Suite("Rules for disks and machines")
struct StorageRuleTests {
    /// Lines 1 to 9: a node, the target and no fencing.
    private let before = Reading.node + Reading.iscsi + Reading.noFencing

    private func errors(_ section: String, before: String) -> [String] {
        Reading.errors(before + section).split(separator: "\n").map { String($0.dropFirst("i.toml:".count)) }
    }

    @Test("storage needs one disk and a mount point")
    func required() {
        #expect(
            errors("[storage]", before: before) == [
                "10:1: error: [storage] needs `lun` or `wwid`", "10:1: error: [storage] needs `mount`",
            ])
        #expect(
            errors("[storage]\nmount = \"/mnt/x\"\nlun = 1\nwwid = \"0x60\"", before: before) == [
                "13:8: error: \"0x60\" is no WWID: it is 0x with 16, 24 or 32 hexadecimal digits"
            ])
        #expect(
            errors("[storage]\nmount = \"/mnt/x\"\nlun = 16384", before: before) == [
                "12:7: error: `lun` must lie between 0 and 16383"
            ])
        #expect(
            errors("[storage]\nmount = \"/mnt/x\"\nlun = \"1\"", before: before) == [
                "12:7: error: `lun` must be an integer, not a string"
            ])
    }

    @Test("a WWID is 0x and 16, 24 or 32 digits", arguments: ["6001405000000001", "0x6001405", "0xg001405000000001"])
    func wwid(wwid: String) {
        #expect(
            errors("[storage]\nmount = \"/mnt/x\"\nwwid = \"\(wwid)\"", before: before) == [
                "12:8: error: \"\(wwid)\" is no WWID: it is 0x with 16, 24 or 32 hexadecimal digits"
            ])
    }

    @Test(
        "a mount point is a plain absolute path outside the system",
        arguments: [
            ("mnt/x", "\"mnt/x\" must be an absolute path"), ("", "\"\" must be an absolute path"),
            ("/", "\"/\" is the system's own root"),
            ("/mnt/../etc", "\"/mnt/../etc\" must be a plain path, without `.`, `..`, `//` or a slash at the end"),
            ("/mnt/x/", "\"/mnt/x/\" must be a plain path, without `.`, `..`, `//` or a slash at the end"),
            ("/mnt//x", "\"/mnt//x\" must be a plain path, without `.`, `..`, `//` or a slash at the end"),
            ("//", "\"//\" must be a plain path, without `.`, `..`, `//` or a slash at the end"),
            ("/mnt/a b", "\"/mnt/a b\": a mount point takes letters, digits and any of / . _ -"),
            ("/mnt/a@b", "\"/mnt/a@b\": a mount point takes letters, digits and any of / . _ -"),
            ("/mnt/a+b", "\"/mnt/a+b\": a mount point takes letters, digits and any of / . _ -"),
            ("/mnt/.d", "\"/mnt/.d\": \".d\" must not begin with `.`"),
            ("/-d", "\"/-d\": \"-d\" must not begin with `-`"),
            ("/mnt", "\"/mnt\" belongs to the system; mount elsewhere, such as /mnt/shared_storage"),
            ("/etc/x", "\"/etc/x\" belongs to the system; mount elsewhere, such as /mnt/shared_storage"),
            ("/dev/shm", "\"/dev/shm\" belongs to the system; mount elsewhere, such as /mnt/shared_storage"),
            (
                "/var/lib/libvirt",
                "\"/var/lib/libvirt\" belongs to the system; mount elsewhere, "
                    + "such as /mnt/shared_storage"
            ),
        ])
    func mount(mount: String, expected: String) {
        #expect(errors("[storage]\nlun = 1\nmount = \"\(mount)\"", before: before) == ["12:9: error: \(expected)"])
    }

    @Test(
        "the usual mount points are fine",
        arguments: ["/mnt/shared_storage", "/srv/vm-1.d", "/data", "/var/lib/libvirt/images"])
    func goodMount(mount: String) {
        #expect(errors("[storage]\nlun = 1\nmount = \"\(mount)\"", before: before) == [])
    }

    @Test("only ext4 is built, and formatting is never or if-empty")
    func filesystem() {
        #expect(
            errors("[storage]\nlun = 1\nmount = \"/d\"\nfilesystem = \"xfs\"\nformat = \"always\"", before: before) == [
                "13:14: error: the file system \"xfs\" is not built yet in this version; use \"ext4\"",
                "14:10: error: `format` must be \"never\", \"if-empty\" or \"force:\" with the disk's WWID, not \"always\"",
            ])
    }

    private let start = "[storage]\nlun = 1\nmount = \"/d\"\n"

    @Test("a disk is given up by its own whole WWID only")
    func force() throws {
        let known = start + "wwid = \"0x600140500000000A\"\n"
        #expect(errors(known + "format = \"force:0x600140500000000a\"", before: before) == [])
        #expect(errors(start + "format = \"force:0x600140500000000A\"", before: before) == [])
        #expect(
            try Reading.fleet(before + start + "format = \"force:0x600140500000000A\"").storage?.format
                == .force(wwid: "0x600140500000000a"))
        #expect(
            errors(known + "format = \"force:0x600140500000000b\"", before: before) == [
                "14:10: error: `format` gives up the disk 0x600140500000000b, but `wwid` says 0x600140500000000a"
            ])
        for text in [
            "force", "force:", "force: 0x600140500000000a", "force:0x60", "force:yes", "FORCE:0x600140500000000a",
        ] {
            #expect(errors(start + "format = \"\(text)\"", before: before).count == 1, "\(text)")
        }
    }

    @Test("the limit of what is read is an amount with a unit")
    func readLimit() throws {
        #expect(try Reading.fleet(before + start).storage?.readLimit == Storage.usualReadLimit)
        #expect(
            try Reading.fleet(before + start + "read_limit = \"500GiB\"").storage?.readLimit.bytes == 500 << 30)
        for text in ["500", "500GB", "0GiB", "-1GiB", "1.5TiB", "GiB", "", "99999999999999999999TiB", "1 GiB"] {
            #expect(
                errors(start + "read_limit = \"\(text)\"", before: before) == [
                    "13:14: error: `read_limit` must be an amount of storage such as \"500GiB\" or \"2TiB\", not \"\(text)\""
                ])
        }
    }

    @Test("multiple mount protection is on, off, or left to the fencing")
    func protection() throws {
        #expect(try Reading.fleet(before + start).storage?.mmp == nil)
        #expect(try Reading.fleet(before + start).lookup("storage.mmp") == nil)
        for isOn in [true, false] {
            let fleet = try Reading.fleet(before + start + "mmp = \(isOn)")
            #expect(fleet.storage?.mmp == isOn)
            #expect(fleet.lookup("storage.mmp")?.content == .boolean(isOn))
        }
        #expect(errors(start + "mmp = \"on\"", before: before).count == 1)
    }

    @Test("the disk of fencing is not the disk of the data")
    func sameDisk() {
        let sbd = "[fencing]\nmethod = \"sbd\"\n"
        let before = Reading.node + Reading.iscsi
        let message = "fencing must have a disk of its own: this one is [storage]'s, and fencing would overwrite it"
        #expect(
            errors("[storage]\nlun = 1\nmount = \"/d\"\n\(sbd)lun = 1", before: before) == ["12:7: error: \(message)"])
        let storage = "[storage]\nwwid = \"0x600140500000000A\"\nmount = \"/d\"\n"
        #expect(errors("\(storage)\(sbd)wwid = \"0x600140500000000a\"", before: before) == ["12:8: error: \(message)"])
        #expect(errors("\(storage)\(sbd)lun = 1", before: before) == [])
    }

    @Test(
        "shared disks need a target, however they are named", arguments: ["lun = 1", "wwid = \"0x6001405000000001\""])
    func withoutTarget(disk: String) {
        let why = "in this version a shared disk is a LUN of an iSCSI target, also where it is named by `wwid`"
        #expect(
            errors("[storage]\n\(disk)\nmount = \"/d\"", before: Reading.node + Reading.noFencing) == [
                "7:1: error: [storage] needs [iscsi]: \(why)"
            ])
        #expect(
            errors("[fencing]\nmethod = \"sbd\"\n\(disk)", before: Reading.node) == [
                "4:1: error: [fencing] with method = \"sbd\" needs [iscsi]: \(why)"
            ])
        #expect(errors("[storage]\n\(disk)\nmount = \"/d\"", before: before) == [])
    }

    @Test("storage and a machine need a word on fencing")
    func fencingAbsent() {
        let before = Reading.node + Reading.iscsi
        let choice = "method = \"sbd\" with a small disk of its own, or method = \"none\" with accept_data_loss = true"
        #expect(
            errors("[storage]\nlun = 1\nmount = \"/d\"", before: before) == [
                "7:1: error: [storage] needs [fencing]: \(choice)"
            ])
        #expect(
            errors("[vm]\nname = \"x\"\nsource = \"n1\"", before: before) == [
                "7:1: error: [vm] needs [fencing]: \(choice)",
                "7:1: error: [vm] needs [storage]: its disk must be where every node reaches it",
            ])
    }

    @Test("a machine comes from a node, and whoever gives its files is told how to get it there")
    func source() {
        let before = before + "[storage]\nlun = 1\nmount = \"/d\"\n[vm]\nname = \"x\"\n"
        #expect(errors("", before: before) == ["13:1: error: [vm] needs `source`"])
        #expect(
            errors("source = \"n2\"", before: before) == [
                "15:10: error: no [[node]] is named \"n2\"; did you mean \"n1\"?"
            ])
        let hint =
            "is not built yet in this version; define the machine on one node with `virsh define` and name that node "
            + "in `source`"
        #expect(
            errors("definition = \"x.xml\"\ndisks = [\"x.qcow2\"]", before: before) == [
                "15:14: error: `definition` \(hint)", "16:9: error: `disks` \(hint)",
            ])
        #expect(
            errors("source = \"n1\"\ndisks = [\"x\"]", before: before) == ["16:9: error: `disks` \(hint)"])
    }

    @Test("a machine's name can be a file name and a resource name", arguments: ["", "a b", "a/b", ".a", "-a", "ñ"])
    func machineName(name: String) {
        let section = "[storage]\nlun = 1\nmount = \"/d\"\n[vm]\nname = \"\(name)\"\nsource = \"n1\""
        #expect(
            errors(section, before: before) == [
                "14:8: error: \"\(name)\" is no name for a virtual machine: letters, digits, `.`, `_` and `-`, at most 64"
            ])
    }
}
