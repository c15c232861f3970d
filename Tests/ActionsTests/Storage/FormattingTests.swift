import Foundation
import Steps
import Testing
import Transport

@testable import Actions

@Suite("formatting, for real", .enabled(if: hasLoops), .serialized)
struct FormattingTests {
    private let uuid = PlannedUUID(cluster: "c", wwid: "0x1")

    @Test("an empty disk gets ext4 with the planned UUID, and its mark is gone afterwards")
    func formats() throws {
        guard let disk = try LoopDisk(mebibytes: 64) else { return }
        let result = try disk.format()
        #expect(result.code == 0, "\(result.output)")
        guard case .signature("ext4", uuid.description, _) = try disk.examine().content else {
            Issue.record("\(try disk.examine())")
            return
        }
        #expect(
            try shell("\(disk.words)\n\(ClusterIdentity.markFunction)\ndisk_mark; echo \"$MARK\"").output
                == exampleIdentity + "\n")
        #expect(try shell("e2fsck -fn \(disk.device)").code == 0)
        #expect(!FileManager.default.fileExists(atPath: "\(disk.folder.path)/format-0x1"))
    }

    @Test(
        "a disk that is not empty stays as it is, byte for byte, also where an interrupted run is repeated",
        arguments: [
            "mkfs.ext4 -q -F $DEV", "printf 'label: gpt\\n' | sfdisk -q $DEV",
            "printf x | dd of=$DEV bs=1 seek=9000000 conv=notrunc,fsync status=none", "exec 7<$DEV",
        ])
    func refuses(command: String) throws {
        guard let disk = try LoopDisk(mebibytes: 64) else { return }
        for kind in [FileSystemScript.Kind.proven, .repeated] {
            let result = try shell(
                """
                DEV=\(disk.device); { \(command); } >/dev/null 2>&1; sync
                before=$(sha256sum <"$DEV")
                ( \(disk.words)
                \(disk.script(kind)) ); rc=$?
                [ "$before" = "$(sha256sum <"$DEV")" ] && echo same
                exit "$rc"
                """)
            #expect(result.code == ScriptPrelude.refused, "\(result.output)")
            #expect(result.output.contains("\nsame") || result.output.hasPrefix("same"))
        }
    }

    @Test("a disk with reservation keys, or whose keys cannot be read, is not formatted; where it knows none it is")
    func reserved() throws {
        for (answer, code) in [
            ("echo '    0xabc'", ScriptPrelude.refused), ("return 15", ScriptPrelude.refused), ("echo none", 0),
            ("return 9", 0), ("return 5", 0),
        ] {
            guard let disk = try LoopDisk(mebibytes: 40) else { return }
            let result = try shell(
                "sleep() { :; }\nsg_persist() { \(answer); }\n\(disk.words)\n\(disk.script(mebibytes: 40))")
            #expect(result.code == code, "\(answer): \(result.output)")
        }
    }

    @Test(
        "by force only data without a signature goes: what has one, is open or reserved stays",
        arguments: [
            ("printf x | dd of=$DEV bs=1 seek=9000000 conv=notrunc,fsync status=none", UInt8(0)), (":", 0),
            ("mkfs.ext4 -q -F $DEV", 20), ("printf 'label: gpt\\n' | sfdisk -q $DEV", 20), ("exec 7<$DEV", 20),
            ("sg_persist() { echo '    0xabc'; }", 20),
        ])
    func forced(command: String, code: UInt8) throws {
        guard let disk = try LoopDisk(mebibytes: 64) else { return }
        let result = try shell("DEV=\(disk.device); \(command)\nsync\n\(disk.words)\n\(disk.script(.forced))")
        #expect(result.code == code, "\(result.output)")
    }

    @Test("what is written while the disk is being read stops it")
    func meanwhile() throws {
        guard let disk = try LoopDisk(mebibytes: 64) else { return }
        let script = disk.script().replacing(
            "\n    scan\n", with: "\n    scan; mkfs.ext4 -q -F -U 11111111-2222-4333-8444-555555555555 $DEV; sync\n")
        #expect(script != disk.script())
        let result = try shell("\(disk.words)\n\(script)")
        #expect(result.code == ScriptPrelude.refused, "\(result.output)")
        #expect(result.output.contains("the disk is not empty any more: signature ext4 11111111"))
    }

    @Test("a session that comes anew while the disk is being read stops it")
    func session() throws {
        guard let disk = try LoopDisk(mebibytes: 64) else { return }
        let script = disk.script().replacing(
            "\n    scan\n", with: "\n    scan; proven() { refuse 'it leads to another box'; }\n")
        let result = try shell("\(disk.words)\n\(script)")
        #expect(result.code == ScriptPrelude.refused, "\(result.output)")
        #expect(result.output.contains("it leads to another box"))
        #expect(try disk.examine().content == .blank)
    }

    @Test("multiple mount protection is as it was asked for")
    func multipleMount() throws {
        for (isProtected, count) in [(true, 1), (false, 0)] {
            guard let disk = try LoopDisk(mebibytes: 40) else { return }
            let script = disk.script(isProtected: isProtected, mebibytes: 40)
            let result = try shell(
                "\(disk.words)\n\(script)\ndumpe2fs -h \(disk.device) 2>/dev/null | grep -c '^Filesystem features:.* mmp' | sed 's/^/lines: /'"
            )
            #expect(result.output.contains("lines: \(count)"), "\(result.output)")
        }
    }

    @Test("a disk that is not empty is formatted again only with harun's own recent mark")
    func repeats() throws {
        for (mark, age, expected) in [
            (uuid.description, 60, UInt8(0)), (uuid.description, 90_000, 20), ("other", 60, 20),
        ] {
            guard let disk = try LoopDisk(mebibytes: 64) else { return }
            let begun = Int(Date().timeIntervalSince1970) - age
            let prepare = """
                printf x | dd of=\(disk.device) bs=1 seek=9000000 conv=notrunc,fsync status=none
                echo '\(mark) \(begun)' >\(disk.folder.path)/format-0x1
                """
            #expect(try shell(prepare).code == 0)
            let result = try disk.format(.repeated)
            #expect(result.code == expected, "\(mark) \(age): \(result.output)")
        }
    }

    @Test("mkfs cannot be reached without the proof, even with PROVEN in the environment")
    func unreachable() throws {
        guard let disk = try LoopDisk(mebibytes: 64) else { return }
        let script = disk.script()
        let withoutProof = script.replacing("\nprove\n", with: "\n")
        #expect(withoutProof != script)
        let result = try shell("\(disk.words)\n\(withoutProof)", environment: ["PROVEN": disk.device])
        #expect(result.code != 0)
        #expect(try disk.examine().content == .blank)
    }

    @Test("a killed mkfs leaves a disk that only its own mark allows to format again")
    func killed() throws {
        guard let disk = try LoopDisk(mebibytes: 64) else { return }
        let killed = try shell(
            """
            \(disk.words)
            cat >\(disk.folder.path)/mkfs.ext4 <<'END'
            #!/bin/sh
            case $1 in -V) exit 0;; esac
            for device; do :; done
            dd if=/dev/urandom of="$device" bs=1M count=1 seek=3 conv=notrunc,fsync status=none; kill -9 $$
            END
            chmod +x \(disk.folder.path)/mkfs.ext4; PATH=\(disk.folder.path):$PATH
            \(disk.script())
            """)
        #expect(killed.code == 1)
        #expect(try disk.format().code == ScriptPrelude.refused)
        #expect(try disk.format(.repeated).code == 0)
    }
}
