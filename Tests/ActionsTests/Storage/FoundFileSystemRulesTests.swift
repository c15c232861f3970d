import Documents
import Steps
import Testing
import Transport

@testable import Actions

private let wwid = ExampleDisk.wwid
/// As a version that knew no identities derived it.
private let legacy = PlannedUUID(cluster: "ours", wwid: wwid).description

@Suite("fs.make decides about a file system that is there")
struct FoundFileSystemRulesTests {
    @Test(
        "a file system that another host may have mounted, that has errors or is mounted twice is refused",
        arguments: [
            (["ext4": "recovery"], [:], "another host may have it mounted"),
            (["ext4": "recovery", "mmp.holder": "oldserver"], [:], "oldserver has it mounted"),
            (["ext4": "error"], [:], "e2fsck -f -p /dev/disk/by-id/wwn-\(wwid)"),
            (["ext4": "fsck", "mmp.holder": "oldserver"], [:], "oldserver is checking"),
            (["ext4": "fsck"], [:], "tune2fs -f -E clear_mmp /dev/disk/by-id/wwn-\(wwid)"),
            (["ext4": "error"], ["ext4.mounted": "yes"], "has errors"),
            (["ext4": "unreadable"], [:], "cannot be read"), (["ext4": ""], [:], "cannot be read"),
            (["ext4": "recovery", "ext4.mounted": "yes"], [:], "mounted on nodo1, nodo2 at once"),
            (["owner": "another"], [:], "belongs to another cluster, with the identity another"),
            ([:], ["owner": "another"], "different marks"),
        ] as [([String: String], [String: String], String)])
    func danger(both: [String: String], first: [String: String], expected: String) throws {
        for format in ["never", "if-empty", "force:\(wwid)"] {
            let observations = ExampleDisk.seen(.planned, .planned).with(both).with(first, on: ["nodo1"])
            let verdicts = try ExampleDisk.make(format: format).judge(observations)
            #expect(verdicts.values.allSatisfy { $0.isObstacle }, "\(verdicts)")
            #expect(verdicts.values.contains { $0.reason.contains(expected) }, "\(verdicts)")
            #expect(try ExampleDisk.make(format: format).apply("nodo1", observations) == nil)
        }
    }

    @Test("a file system that was there before gets the cluster's mark while nobody has it mounted")
    func taking() throws {
        let unmarked = ["owner": ""]
        for (format, changes) in [("never", ["uuid": "1-2"]), ("if-empty", ["uuid": legacy])] {
            let found = ["found": "signature ext4 \(changes["uuid"] ?? "")"].merging(changes) { $1 }
            let free = ExampleDisk.seen(.planned, .planned).with(unmarked.merging(found) { $1 })
            #expect(
                try ExampleDisk.make(format: format).judge(free)["nodo1"]?.reason.contains(
                    "does not carry this cluster's mark")
                    == true)
            #expect(try ExampleDisk.make(format: format).apply("nodo1", free) != nil)
            #expect(try ExampleDisk.make(format: format).apply("nodo2", free) == nil)
            let stale = free.with(["proof.sessions": "older"], on: ["nodo2"])
            #expect(try ExampleDisk.make(format: format).judge(stale).values.allSatisfy(\.isObstacle))
            let mounted = free.with(["ext4.mounted": "yes", "ext4": "recovery"], on: ["nodo2"])
            #expect(try ExampleDisk.make(format: format).judge(mounted).values.allSatisfy { $0 == .satisfied })
        }
    }

    @Test(
        "an ext4 with neither this cluster's mark nor its UUID is taken by format = \"never\" alone, and never formatted"
    )
    func unmarked() throws {
        let free = ExampleDisk.seen(.otherExt4, .otherExt4).with(["owner": ""])
        for format in ["if-empty", "force:\(wwid)"] {
            #expect(try ExampleDisk.make(format: format).apply("nodo1", free) == nil)
            let verdicts = try ExampleDisk.make(format: format).judge(free)
            #expect(verdicts.values.allSatisfy { $0.isObstacle })
            #expect(
                verdicts["nodo1"]?.reason.contains("use this file system as it is, write format = \"never\"") == true)
        }
        let never = try ExampleDisk.make(format: "never")
        let script = never.apply("nodo1", free)?.text ?? ""
        #expect(
            script.contains("ea_set / trusted.harun.cluster \(exampleIdentity)") && !script.contains("mkfs.ext4 \"$@\"")
        )
        for changes in [
            ["keys": "0xabc"], ["proof": ""], ["sessions": "boot session1:"], ["cluster.id": ""],
            ["owner": "unreadable"],
        ] {
            let doubtful = free.with(changes, on: ["nodo2"])
            #expect(never.judge(doubtful).values.allSatisfy { $0.isObstacle }, "\(changes)")
            #expect(never.apply("nodo1", doubtful) == nil, "\(changes)")
        }
        let unreadable = free.with(["owner": "unreadable"])
        #expect(never.judge(unreadable)["nodo1"]?.reason.contains("cannot be read") == true)
    }

    @Test("two file systems with one mark are two disks, whatever the WWID says")
    func twoUUIDs() throws {
        let other = "11111111-2222-3333-4444-555555555556"
        let observations = ExampleDisk.seen(.otherExt4, .otherExt4).with(
            ["uuid": other, "found": "signature ext4 \(other)"], on: ["nodo2"])
        for format in ["never", "if-empty", "force:\(wwid)"] {
            #expect(try ExampleDisk.make(format: format).judge(observations).values.allSatisfy { $0.isObstacle })
            #expect(try ExampleDisk.make(format: format).apply("nodo1", observations) == nil)
        }
        #expect(
            try ExampleDisk.make().judge(observations)["nodo1"]?.reason.contains(
                "the UUIDs are 11111111-2222-3333-4444-555555555555 and \(other)") == true)
    }

    @Test("multiple mount protection is switched on a free file system only; without fencing it is on")
    func protection() throws {
        let free = ExampleDisk.seen(.planned, .planned)
        let stale = free.with(["proof.sessions": "older"])
        let mounted = free.with(["ext4.mounted": "yes", "ext4": "recovery"], on: ["nodo2"])
        for more: [(String, Value.Content)] in [[("mmp", .boolean(true))], [("fencing", .string("none"))]] {
            let action = try ExampleDisk.make(format: "if-empty", more)
            #expect(action.judge(free)["nodo1"] == .needed("multiple mount protection is off"))
            #expect(action.apply("nodo1", free)?.text.contains("tune2fs -O mmp \"$DEV\"") == true)
            #expect(action.apply("nodo1", stale) != nil, "the disk is this cluster's already")
            #expect(action.judge(mounted)["nodo1"]?.reason.contains("it is mounted on nodo2") == true)
            #expect(action.judge(free.with(["mmp": "on"])).values.allSatisfy { $0 == .satisfied })
        }
        let off = try ExampleDisk.make(format: "if-empty", [("mmp", .boolean(false)), ("fencing", .string("none"))])
        #expect(off.apply("nodo1", free.with(["mmp": "on"]))?.text.contains("tune2fs -O ^mmp") == true)
        #expect(try ExampleDisk.make().judge(free.with(["mmp": "on"])).values.allSatisfy { $0 == .satisfied })
    }
}
