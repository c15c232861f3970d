import Foundation
import Settings
import Steps
import Testing
import Transport

@testable import Actions

private let iqn = "iqn.2005-10.org:x"
private let first = "0x6001405aaaaaaaaaaaaaaaaaaaaaaaaa"
private let second = "0x6001405bbbbbbbbbbbbbbbbbbbbbbbbb"

/// The parts of `/sys` and `/dev` that name a LUN, below a folder.
private struct Sysfs {
    let root: URL

    private func write(_ text: String, _ path: String) throws {
        let file = root.appending(path: path)
        try FileManager.default.createDirectory(
            at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
        try "\(text)\n".write(to: file, atomically: true, encoding: .utf8)
    }

    /// One session with one disk.
    func session(
        _ number: Int, portal: String, target: String = iqn, lun: Int = 1, disk: String, wwid: String
    ) throws {
        let session = "sys/class/iscsi_session/session\(number)"
        try write(target, "\(session)/targetname")
        let colon = portal.lastIndex(of: ":") ?? portal.endIndex
        try write(String(portal[..<colon]), "sys/class/iscsi_connection/connection\(number):0/persistent_address")
        try write(
            String(portal[portal.index(after: colon)...]),
            "sys/class/iscsi_connection/connection\(number):0/persistent_port")
        let device = "\(session)/device/target\(number):0:0/\(number):0:0:\(lun)"
        try write("", "\(device)/block/\(disk)/size")
        try write(wwid.hasPrefix("0x") ? "naa.\(wwid.dropFirst(2))" : wwid, "\(device)/wwid")
        try write("", "dev/\(disk)")
    }

    func link(_ wwid: String, to disk: String) throws {
        try write("", "dev/\(disk)")
        let link = root.appending(path: "dev/disk/by-id/wwn-\(wwid)")
        try FileManager.default.createDirectory(
            at: link.deletingLastPathComponent(), withIntermediateDirectories: true)
        try FileManager.default.createSymbolicLink(
            at: link, withDestinationURL: root.appending(path: "dev/\(disk)"))
    }

    func multipath(_ name: String, of disk: String) throws { try write("", "sys/class/block/\(name)/slaves/\(disk)") }

    /// What `lun_find` says, and the disk that it finds.
    func find(_ lun: LUNReference) throws -> (code: UInt8, output: String) {
        let text = lun.findFunction.replacing("/sys/class", with: "\(root.path)/sys/class")
            .replacing("/dev/disk", with: "\(root.path)/dev/disk").replacing("[ -b", with: "[ -e")
        return try shell("\(text)\nlun_find || { echo absent; exit 0; }; echo \"${DEV##*/} $WWID\"")
    }
}

private func lun(
    _ number: Int? = 1, portal: String = "10.0.0.5:3260", wwid: String? = nil
) throws -> LUNReference {
    let session = LUNReference.Session(portal: try Portal(portal), target: iqn)
    if let number { return LUNReference(.number(number, of: session, wwid: wwid)) }
    return LUNReference(.wwid(try #require(wwid), of: session))
}

@Suite("session, portal, target and LUN together name a disk")
struct LUNReferenceTests {
    private func with(_ body: (Sysfs) throws -> Void) throws {
        try Tool.withFolder { try body(Sysfs(root: $0)) }
    }

    @Test("of two boxes with one target name, the one at the portal is taken, by number and by WWID")
    func replica() throws {
        try with { sysfs in
            try sysfs.session(1, portal: "10.0.0.6:3260", disk: "sda", wwid: second)
            try sysfs.session(2, portal: "10.0.0.5:3260", disk: "sdb", wwid: first)
            try sysfs.link(second, to: "sda")
            try sysfs.link(first, to: "sdb")
            #expect(try sysfs.find(lun()).output == "sdb \(first)\n")
            #expect(try sysfs.find(lun(portal: "10.0.0.6")).output == "sda \(second)\n")
            #expect(try sysfs.find(lun(nil, wwid: first)).output == "sdb \(first)\n")
            #expect(try sysfs.find(lun(nil, wwid: second)).output == "absent\n")
            #expect(try sysfs.find(lun(portal: "10.0.0.5:3261")).output == "absent\n")
            #expect(try sysfs.find(lun(2)).output == "absent\n")
        }
    }

    @Test("the other box alone is not taken for the one that is meant")
    func onlyReplica() throws {
        try with { sysfs in
            try sysfs.session(1, portal: "10.0.0.6:3260", disk: "sda", wwid: second)
            try sysfs.link(second, to: "sda")
            #expect(try sysfs.find(lun()).output == "absent\n")
        }
    }

    @Test("two WWIDs for one name are refused")
    func twoDisks() throws {
        try with { sysfs in
            try sysfs.session(1, portal: "10.0.0.5:3260", disk: "sda", wwid: first)
            try sysfs.session(2, portal: "10.0.0.5:3260", disk: "sdb", wwid: second)
            try sysfs.link(first, to: "sda")
            try sysfs.link(second, to: "sdb")
            let found = try sysfs.find(lun())
            #expect(found.code == ScriptPrelude.refused)
            #expect(found.output == "note LUN 1 of \(iqn) is two disks, with the WWIDs \(first) and \(second)\n")
        }
    }

    @Test("two boxes whose disks have one WWID: the link to the other's disk is refused")
    func clone() throws {
        try with { sysfs in
            try sysfs.session(1, portal: "10.0.0.5:3260", disk: "sda", wwid: first)
            try sysfs.session(2, portal: "10.0.0.6:3260", disk: "sdb", wwid: first)
            try sysfs.link(first, to: "sdb")
            for reference in [try lun(), try lun(nil, wwid: first)] {
                let found = try sysfs.find(reference)
                #expect(found.code == ScriptPrelude.refused)
                #expect(found.output.hasPrefix("note two disks have the WWID \(first): sda is"), "\(found.output)")
            }
        }
    }

    @Test("a multipath device above the session's disk is the LUN")
    func multipath() throws {
        try with { sysfs in
            try sysfs.session(1, portal: "10.0.0.5:3260", disk: "sda", wwid: first)
            try sysfs.link(first, to: "dm-0")
            try sysfs.multipath("dm-0", of: "sda")
            #expect(try sysfs.find(lun()).output == "dm-0 \(first)\n")
        }
    }

    @Test("the inventory's WWID must be the LUN's")
    func agreement() throws {
        try with { sysfs in
            try sysfs.session(1, portal: "10.0.0.5:3260", disk: "sda", wwid: first)
            try sysfs.link(first, to: "sda")
            #expect(try sysfs.find(lun(wwid: first)).output == "sda \(first)\n")
            let found = try sysfs.find(lun(wwid: second))
            #expect(found.code == ScriptPrelude.refused)
            #expect(found.output.hasSuffix("has the WWID \(first), and not \(second) as the inventory says\n"))
        }
    }

    @Test("an IPv6 portal, and a number beyond 255 in either of its two forms")
    func forms() throws {
        for number in [300, 300 + 16384] {
            try with { sysfs in
                try sysfs.session(7, portal: "2001:db8::5:3260", lun: number, disk: "sdc", wwid: first)
                try sysfs.link(first, to: "sdc")
                #expect(try sysfs.find(lun(300, portal: "[2001:DB8::5]:3260")).output == "sdc \(first)\n")
            }
        }
    }

    @Test("a LUN with another kind of identifier is refused by that, not as if it were not there")
    func unnamed() throws {
        try with { sysfs in
            try sysfs.session(1, portal: "10.0.0.5:3260", disk: "sda", wwid: "t10.FreeNAS x")
            let found = try sysfs.find(lun())
            #expect(found.code == ScriptPrelude.refused)
            #expect(found.output.hasPrefix("note LUN 1 of \(iqn) has no NAA identifier"), "\(found.output)")
            #expect(found.output.hasSuffix("which reports: t10.FreeNAS x\n"), "\(found.output)")
        }
    }

    @Test("where nothing is, nothing is found")
    func nothing() throws {
        try with { sysfs in
            let found = try sysfs.find(lun())
            #expect(found.output == "absent\n")
        }
    }
}
