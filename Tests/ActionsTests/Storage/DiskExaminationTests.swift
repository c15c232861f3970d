import Foundation
import Testing
import Transport

@testable import Actions

/// A sparse file as a block device of this machine; nil where this machine has no loop devices for us.
private struct LoopDisk: ~Copyable {
    let folder: URL
    let device: String

    init?(mebibytes: Int) throws {
        folder = FileManager.default.temporaryDirectory.appending(path: "harun-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let made = try shell(
            "truncate -s \(mebibytes)M \(folder.path)/disk && losetup -f --show \(folder.path)/disk 2>/dev/null")
        guard made.code == 0, made.output.hasPrefix("/dev/loop") else {
            try FileManager.default.removeItem(at: folder)
            return nil
        }
        device = made.output.trimmingCharacters(in: .whitespacesAndNewlines)
    }

    deinit {
        _ = try? shell("umount \(device) 2>/dev/null; losetup -d \(device)")
        try? FileManager.default.removeItem(at: folder)
    }

    /// The words every script of `fs.make` starts with, for this disk in place of a LUN.
    var words: String {
        """
        DEV=\(device); LUN=$DEV; WWID=0x1
        \(DiskExamination.function)
        \(FileSystemScript.functions(marks: folder.path))
        """
    }

    /// What the examination reports, after some shell commands that change the disk.
    func examine(after preparation: String = "") throws -> DiskExamination {
        let result = try shell("DEV=\(device); \(preparation)\n\(words)\n\(DiskExamination.report)")
        var observation = Observation(code: result.code)
        for line in result.output.split(separator: "\n") { observation.take(line) }
        return DiskExamination(observation.facts)
    }

    func format(_ uuid: PlannedUUID = .init(cluster: "c", wwid: "0x1"), isRepeated: Bool = false) throws -> (
        code: UInt8, output: String
    ) {
        try shell("\(words)\n\(FileSystemScript.format(uuid: uuid, isRepeated: isRepeated))")
    }
}

private let hasLoops: Bool = {
    guard geteuid() == 0, let disk = try? LoopDisk(mebibytes: 1) else { return false }
    return disk.device.hasPrefix("/dev/loop")
}()

/// These run the very scripts of nodes on sparse files; they need root and loop devices.
@Suite("the examination of a disk, for real", .enabled(if: hasLoops), .serialized)
struct DiskExaminationTests {
    @Test("a disk of zeros is empty", arguments: [1, 40, 64, 200])
    func empty(mebibytes: Int) throws {
        guard let disk = try LoopDisk(mebibytes: mebibytes) else { return }
        #expect(try disk.examine().content == .empty)
    }

    @Test("a single byte at either end, and anywhere on a small disk, is data", arguments: [0, 16_777_215, 40_000_000])
    func oneByte(at place: Int) throws {
        for (size, place) in [(40, place), (200, place < 20_000_000 ? place : 200 * 1_048_576 - 1)] {
            guard let disk = try LoopDisk(mebibytes: size) else { return }
            let content = try disk.examine(
                after: "printf x | dd of=$DEV bs=1 seek=\(place) conv=notrunc,fsync status=none"
            ).content
            guard case .data = content else {
                Issue.record("\(content)")
                continue
            }
        }
    }

    @Test(
        "whatever leaves a signature is one",
        arguments: [
            ("mkfs.ext4 -q -F $DEV", "ext4"), ("mkswap -q $DEV 2>/dev/null || mkswap $DEV", "swap"),
            ("printf 'label: gpt\\n' | sfdisk -q $DEV", "gpt partition table"),
            ("printf 'label: dos\\n' | sfdisk -q $DEV", "dos partition table"),
            ("printf 'LABELONE\\001\\0\\0\\0\\0\\0\\0\\0' | dd of=$DEV bs=512 seek=1 conv=notrunc status=none", ""),
        ])
    func signatures(command: String, type: String) throws {
        guard let disk = try LoopDisk(mebibytes: 64) else { return }
        let content = try disk.examine(after: "\(command) >/dev/null 2>&1; sync").content
        switch content {
        case .signature(let found, _, _): #expect(found == type || type.isEmpty)
        case .data where type.isEmpty: break
        default: Issue.record("\(command): \(content)")
        }
    }

    @Test("a mounted file system is seen as mounted, and still as what it is")
    func mounted() throws {
        guard let disk = try LoopDisk(mebibytes: 64) else { return }
        let seen = try disk.examine(
            after: "mkdir -p \(disk.folder.path)/m; mkfs.ext4 -q -F $DEV; mount $DEV \(disk.folder.path)/m")
        #expect(seen.used.hasPrefix("it is mounted at"))
        guard case .signature("ext4", _, _) = seen.content else {
            Issue.record("\(seen)")
            return
        }
    }

    @Test("a disk that a process has open is busy")
    func open() throws {
        guard let disk = try LoopDisk(mebibytes: 64) else { return }
        #expect(try disk.examine(after: "exec 7<$DEV").content == .busy("a process has it open"))
    }

    @Test("what is no disk, or is gone, is unreadable and never empty")
    func absent() throws {
        for device in ["/dev/null", "/dev/no-such-disk"] {
            let result = try shell("DEV=\(device)\n\(DiskExamination.function)\n\(DiskExamination.report)")
            #expect(result.output.contains("fact found unreadable"))
        }
        #expect(DiskExamination([:]).content == .unreadable("the report is \"missing\""))
    }

    @Test("tools that are missing or fail make it unreadable", arguments: ["wipefs", "blkid", "dd", "cmp"])
    func brokenTools(tool: String) throws {
        guard let disk = try LoopDisk(mebibytes: 64) else { return }
        for code in [1, 4, 127] {
            let result = try shell("\(tool)() { return \(code); }\n\(disk.words)\n\(DiskExamination.report)")
            #expect(!result.output.contains("fact found empty"), "\(tool) \(code)")
        }
    }
}

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
        for isRepeated in [false, true] {
            let result = try shell(
                """
                DEV=\(disk.device); { \(command); } >/dev/null 2>&1; sync
                before=$(sha256sum <"$DEV")
                ( \(disk.words)
                \(FileSystemScript.format(uuid: uuid, isRepeated: isRepeated)) ); rc=$?
                [ "$before" = "$(sha256sum <"$DEV")" ] && echo same
                exit "$rc"
                """)
            #expect(result.code == ScriptPrelude.refused, "\(result.output)")
            #expect(result.output.contains("\nsame") || result.output.hasPrefix("same"))
        }
    }

    @Test("a disk with somebody's reservation keys is not formatted, with none or where it knows none it is")
    func reserved() throws {
        for (answer, code) in [("echo '    0xabc'", ScriptPrelude.refused), ("echo none", 0), ("return 9", 0)] {
            guard let disk = try LoopDisk(mebibytes: 40) else { return }
            let result = try shell(
                "sg_persist() { \(answer); }\n\(disk.words)\n\(FileSystemScript.format(uuid: uuid, isRepeated: false))")
            #expect(result.code == code, "\(answer): \(result.output)")
        }
    }

    @Test("without fencing the file system itself watches for a second writer")
    func multipleMount() throws {
        for (isUnfenced, count) in [(true, 1), (false, 0)] {
            guard let disk = try LoopDisk(mebibytes: 40) else { return }
            let script = FileSystemScript.format(uuid: uuid, isRepeated: false, isUnfenced: isUnfenced)
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
            let result = try disk.format(isRepeated: true)
            #expect(result.code == expected, "\(mark) \(age): \(result.output)")
        }
    }

    @Test("mkfs cannot be reached without the proof, even with PROVEN in the environment")
    func unreachable() throws {
        guard let disk = try LoopDisk(mebibytes: 64) else { return }
        let script = FileSystemScript.format(uuid: uuid, isRepeated: false)
        let withoutProof = script.replacing("\nprove\n", with: "\n")
        #expect(withoutProof != script)
        let result = try shell("\(disk.words)\n\(withoutProof)", environment: ["PROVEN": disk.device])
        #expect(result.code != 0)
        #expect(try disk.examine().content == .empty)
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
            \(FileSystemScript.format(uuid: uuid, isRepeated: false))
            """)
        #expect(killed.code == 1)
        #expect(try disk.format().code == ScriptPrelude.refused)
        #expect(try disk.format(isRepeated: true).code == 0)
    }
}
