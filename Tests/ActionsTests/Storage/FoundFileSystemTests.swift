import Foundation
import Steps
import Testing
import Transport

@testable import Actions

/// These run the very scripts of nodes on real file systems; they need root and loop devices.
@Suite("a file system that is there already, for real", .enabled(if: hasLoops), .serialized)
struct FoundFileSystemTests {
    private let uuid = "11111111-2222-4333-8444-555555555555"

    private func facts(_ disk: LoopDisk, after preparation: String = ":") throws -> [String: String] {
        let result = try shell(
            """
            DEV=\(disk.device); { \(preparation); } >&2; sync
            \(Ext4Superblock.function)
            \(Ext4Superblock.report)
            """)
        var observation = Observation(code: result.code)
        for line in result.output.split(separator: "\n") { observation.take(line) }
        return observation.facts
    }

    private func mount(_ disk: LoopDisk) -> String {
        "mkdir -p \(disk.folder.path)/m && mount \(disk.device) \(disk.folder.path)/m"
    }

    /// What another host sees of a file system that is mounted on this one: the same bytes, and no mount.
    private func seenElsewhere(features: String) throws -> [String: String]? {
        guard let disk = try LoopDisk(mebibytes: 64) else { return nil }
        #expect(try shell("mkfs.ext4 -q -F \(features) \(disk.device) && \(mount(disk)) && sync").code == 0)
        #expect(try facts(disk)["ext4.mounted"] == "yes")
        guard let other = try LoopDisk(mebibytes: 64, content: "\(disk.folder.path)/disk") else { return nil }
        return try facts(other)
    }

    @Test("one that another host has mounted is never clean, with a journal or without, and protection names the host")
    func elsewhere() throws {
        let name = try shell("uname -n").output.trimmingCharacters(in: .whitespacesAndNewlines)
        for (features, holder) in [
            ("", ""), ("-O ^has_journal", ""), ("-O mmp", name), ("-O mmp,^has_journal -b 1024", name),
        ] {
            guard let seen = try seenElsewhere(features: features) else { return }
            #expect(seen["ext4"] == "recovery", "\(features)")
            #expect(seen["ext4.mounted"] == "no")
            #expect(seen["mmp.holder"] == holder, "\(features)")
        }
    }

    @Test("one whose check was cut off is neither clean nor mounted")
    func cutOff() throws {
        guard let disk = try LoopDisk(mebibytes: 64) else { return }
        // The mark that e2fsck writes for as long as it works, at the block that the superblock names.
        let seen = try facts(
            disk,
            after: """
                mkfs.ext4 -q -F -O mmp -E lazy_itable_init=0 $DEV
                block=$(dumpe2fs -h $DEV 2>/dev/null | sed -n 's/^MMP block number: *//p')
                printf 'PMM\\342' | dd of=$DEV bs=1 seek=$((block * $(dumpe2fs -h $DEV 2>/dev/null | sed -n 's/^Block size: *//p') + 4)) conv=notrunc,fsync status=none
                """)
        #expect(seen["ext4"] == "fsck" && seen["mmp"] == "on")
    }

    @Test("one that was unmounted in order is clean, and one with errors says so")
    func states() throws {
        for (preparation, state, mmp) in [
            ("mkfs.ext4 -q -F $DEV", "clean", "off"), ("mkfs.ext4 -q -F -O mmp $DEV", "clean", "on"),
            ("mkfs.ext4 -q -F -O ^has_journal $DEV", "clean", "off"),
            ("mkfs.ext4 -q -F $DEV; debugfs -w -R 'ssv state 3' $DEV", "error", "off"),
            ("mkfs.ext4 -q -F $DEV; debugfs -w -R 'ssv state 0' $DEV", "recovery", "off"),
            (":", "unreadable", "off"), ("mkswap $DEV", "unreadable", "off"),
        ] {
            guard let disk = try LoopDisk(mebibytes: 64) else { return }
            let seen = try facts(disk, after: preparation)
            #expect(seen["ext4"] == state, "\(preparation)")
            #expect(seen["mmp"] == mmp && seen["ext4.mounted"] == "no")
        }
        guard let disk = try LoopDisk(mebibytes: 64) else { return }
        let seen = try facts(disk, after: "mkfs.ext4 -q -F $DEV; \(mount(disk)); umount $DEV")
        #expect(seen["ext4"] == "clean")
    }

    @Test("its mark is read, is known to be absent, or cannot be read")
    func marks() throws {
        for (preparation, expected) in [
            ("mkfs.ext4 -q -F $DEV", ""), ("mkfs.ext4 -q -F -O ^has_journal -b 1024 $DEV", ""),
            ("mkfs.ext4 -q -F $DEV; debugfs -w -R 'ea_set / user.other x' $DEV", ""),
            (
                "mkfs.ext4 -q -F $DEV; debugfs -w -R 'ea_set / \(ClusterIdentity.attribute) \(exampleIdentity)' $DEV",
                exampleIdentity
            ),
            (":", ClusterIdentity.unreadable), ("mkswap $DEV", ClusterIdentity.unreadable),
            ("mkfs.ext4 -q -F $DEV; debugfs() { return 127; }", ClusterIdentity.unreadable),
            ("mkfs.ext4 -q -F $DEV; debugfs() { return 0; }", ClusterIdentity.unreadable),
        ] {
            guard let disk = try LoopDisk(mebibytes: 64) else { return }
            let result = try shell(
                """
                DEV=\(disk.device); { \(preparation); } >/dev/null 2>&1; sync
                \(ClusterIdentity.markFunction)
                ext4_mark; echo "it is: $MARK"
                """)
            #expect(result.output == "it is: \(expected)\n", "\(preparation)")
        }
    }

    @Test("its mark is read while another node writes to it, which leaves bitmaps without their checksums for a moment")
    func markBesideWrites() throws {
        guard let disk = try LoopDisk(mebibytes: 64) else { return }
        let result = try shell(
            """
            DEV=\(disk.device)
            { mkfs.ext4 -q -F -b 4096 $DEV && debugfs -w -R 'ea_set / \(ClusterIdentity.attribute) \(exampleIdentity)' $DEV
            for bitmap in Inode Block; do
                block=$(dumpe2fs $DEV | sed -n "s/.*$bitmap bitmap at \\([0-9]*\\).*/\\1/p" | head -n 1)
                printf x | dd of=$DEV bs=4096 seek="$block" conv=notrunc
            done; } >/dev/null 2>&1; sync
            debugfs -R 'ls -p /' $DEV 2>&1 | grep -c 'bitmap checksum'
            \(ClusterIdentity.markFunction)
            ext4_mark; echo "it is: $MARK"
            """)
        #expect(result.output == "1\nit is: \(exampleIdentity)\n")
    }

    @Test("a checksum that is not there yet is asked for again, and any other trouble is told at once")
    func markAskedAgain() throws {
        for (answers, expected) in [
            (["", "checksum", "id"], "id 3"), (["", "checksum", "", "checksum", "", "checksum"], "unreadable 6"),
            (["", "bad magic"], "unreadable 2"),
        ] {
            // Each question is put twice: for the mark alone, and for the words that go with none.
            try Tool.withFolder { folder in
                let lines = answers.map { $0 == "id" ? "echo id" : "echo '\($0)' >&2" }
                try Tool.replace(
                    "debugfs", in: folder,
                    with: "echo x >>n\ncase $(wc -l <n) in\n"
                        + lines.enumerated().map { "\($0 + 1)) \($1);;\n" }.joined() + "esac")
                let result = try Tool.shell(
                    "DEV=none\n\(ClusterIdentity.markFunction)\next4_mark; echo \"$MARK $(wc -l <n)\"", in: folder)
                #expect(result.output == "\(expected)\n", "\(answers)")
            }
        }
    }

    private func adopt(_ disk: LoopDisk, _ protection: Bool?, id: String = exampleIdentity, words: String = "") throws
        -> (
            code: UInt8, output: String
        )
    {
        let adoption = FileSystemScript.Adoption(uuid: uuid, takes: true, protection: protection)
        return try shell("\(words)\n\(disk.words)\n\(FileSystemScript.adopt(adoption, id: id))")
    }

    @Test("it gets the mark and the protection, stays whole, and no second cluster can take it")
    func taken() throws {
        guard let disk = try LoopDisk(mebibytes: 64) else { return }
        #expect(try shell("mkfs.ext4 -q -F -U \(uuid) \(disk.device)").code == 0)
        let taken = try adopt(disk, true)
        #expect(taken.code == 0, "\(taken.output)")
        #expect(try facts(disk)["mmp"] == "on")
        #expect(try shell("e2fsck -fn \(disk.device)").code == 0)
        let second = try adopt(disk, nil, id: "another")
        #expect(second.code == ScriptPrelude.refused)
        #expect(second.output.contains("belongs to another cluster, with the identity \(exampleIdentity)"))
        #expect(try adopt(disk, false).code == 0)
        #expect(try facts(disk)["mmp"] == "off")
        #expect(try shell("e2fsck -fn \(disk.device)").code == 0)
    }

    @Test(
        "one that is mounted, was not unmounted in order, has errors, is another or is reserved stays as it is",
        arguments: ["mounted", "ssv state 0", "ssv state 3", "other", "reserved"])
    func untouched(how: String) throws {
        guard let disk = try LoopDisk(mebibytes: 64) else { return }
        let id = how == "other" ? "11111111-2222-4333-8444-555555555556" : uuid
        let prepare =
            switch how {
            case "mounted": mount(disk)
            case "other", "reserved": ":"
            default: "debugfs -w -R '\(how)' \(disk.device)"
            }
        #expect(try shell("mkfs.ext4 -q -F -U \(id) \(disk.device); \(prepare); sync").code == 0)
        // The kernel itself goes on writing to one that is mounted, so there it is what we would have changed.
        let ours =
            "dumpe2fs -h \(disk.device) 2>/dev/null | grep 'features:'; debugfs -R 'ea_list /' \(disk.device) 2>/dev/null"
        let sum = how == "mounted" ? ours : "sync; sha256sum <\(disk.device)"
        let before = try shell(sum).output
        let words = how == "reserved" ? "sg_persist() { echo '    0xabc'; }" : ""
        #expect(try adopt(disk, true, words: words).code == ScriptPrelude.refused)
        #expect(try shell(sum).output == before)
    }
}
