import Foundation
import Steps
import Testing
import Transport

@testable import Actions

/// These run the very scripts of nodes on sparse files; they need root and loop devices.
@Suite("the examination of a disk, for real", .enabled(if: hasLoops), .serialized)
struct DiskExaminationTests {
    @Test("a disk of zeros is blank, and empty once all of it was read", arguments: [1, 40, 64, 200, 1025])
    func empty(mebibytes: Int) throws {
        guard let disk = try LoopDisk(mebibytes: mebibytes) else { return }
        #expect(try disk.examine().content == .blank)
        let output = try disk.scan()
        #expect(output.hasSuffix("found: empty\n"), "\(output)")
        #expect(output.contains("read 100 % of \(mebibytes) MiB, all of it zero"))
    }

    @Test(
        "400 MiB of data anywhere on 8 GiB is found every time",
        arguments: [17, 4096 - 200, 8192 - 420])
    func anywhere(mebibyte: Int) throws {
        guard let disk = try LoopDisk(mebibytes: 8192) else { return }
        // The data is sparse too: one byte at the end of it is not zero.
        let output = try disk.scan(
            after:
                "printf x | dd of=\(disk.folder.path)/disk bs=1 seek=\((mebibyte + 400) * 1_048_576 - 1) conv=notrunc,fsync status=none"
        )
        #expect(output.contains("found: data from "), "\(output)")
    }

    @Test(
        "a single byte at any border of the pieces is found",
        arguments: [0, 268_435_455, 268_435_456, 1_073_741_824 + 511])
    func borders(place: Int) throws {
        guard let disk = try LoopDisk(mebibytes: 1025) else { return }
        let output = try disk.scan(
            after: "printf x | dd of=$DEV bs=1 seek=\(place) conv=notrunc,fsync status=none")
        #expect(output.contains("found: data from \(place / 268_435_456 * 256) MiB on"), "\(output)")
    }

    @Test("a disk that cannot be read to its end is not empty")
    func short() throws {
        guard let disk = try LoopDisk(mebibytes: 300) else { return }
        #expect(try disk.scan(size: 301 * 1_048_576).contains("found: unreadable"))
        for stub in ["dd() { return 1; }", "cmp() { return 2; }", "stream() { :; }"] {
            let output = try shell(
                "\(disk.words)\n\(DiskScan.function)\nexamine; \(stub)\nscan; echo \"found: $found\""
            ).output
            #expect(!output.contains("found: empty"), "\(stub): \(output)")
        }
    }

    @Test("the time that the reading may take follows the size")
    func limit() {
        #expect(DiskScan.limit(bytes: 0) == .seconds(3600))
        #expect(DiskScan.limit(bytes: 1 << 40) == .seconds(3600 + 54975))
        #expect(DiskScan.limit(bytes: 1 << 50) == .seconds(23 * 3600))
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

    @Test("what is no disk, or is gone, is unreadable and never blank")
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
            #expect(!result.output.contains("fact found blank"), "\(tool) \(code)")
        }
    }
}
