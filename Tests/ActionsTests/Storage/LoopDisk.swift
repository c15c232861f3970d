import Foundation
import Steps
import Testing
import Transport

@testable import Actions

/// A sparse file as a block device of this machine; nil where this machine has no loop devices for us.
final class LoopDisk {
    let folder: URL
    let device: String

    /// - Parameter content: the file whose bytes it begins with.
    init?(mebibytes: Int, content: String? = nil) throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "harun-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let file = "\(folder.path)/disk"
        let copy = content.map { "cp --sparse=always \($0) \(file) && " } ?? ""
        let made = try shell(
            "\(copy)truncate -s \(mebibytes)M \(file) && losetup -f --show \(file) 2>/dev/null")
        self.folder = folder
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

    /// The words every script of `fs.make` starts with, for this disk in place of a LUN that is proven to be the one.
    var words: String {
        """
        DEV=\(device); LUN=$DEV; WWID=0x1
        # A loop device has no reservation keys, and the program, where it is installed, has no word for that.
        case $(command -v sg_persist) in /*) sg_persist() { return 9; };; esac
        \(DiskExamination.function)
        \(FileSystemScript.functions(marks: folder.path))
        proven() { :; }
        """
    }

    /// What the reading of the whole disk finds, and what it shows meanwhile.
    func scan(after preparation: String = "", size: Int? = nil) throws -> String {
        try shell(
            """
            DEV=\(device); \(preparation)
            \(words)
            \(DiskScan.function)
            examine; SIZE=\(size.map(String.init) ?? "$SIZE"); scan; echo "found: $found"
            """
        ).output
    }

    /// What the examination reports, after some shell commands that change the disk.
    func examine(after preparation: String = "") throws -> DiskExamination {
        let result = try shell("DEV=\(device); \(preparation)\n\(words)\n\(DiskExamination.report)")
        var observation = Observation(code: result.code)
        for line in result.output.split(separator: "\n") { observation.take(line) }
        return DiskExamination(observation.facts)
    }

    /// The script that formats it, after its words.
    func script(
        _ kind: FileSystemScript.Kind = .proven, isProtected: Bool = false, mebibytes: Int = 64
    ) -> String {
        FileSystemScript.format(
            uuid: PlannedUUID(cluster: "c", wwid: "0x1"), size: mebibytes * 1_048_576, id: exampleIdentity, kind: kind,
            isProtected: isProtected)
    }

    func format(_ kind: FileSystemScript.Kind = .proven) throws -> (code: UInt8, output: String) {
        try shell("\(words)\n\(script(kind))")
    }
}

let hasLoops: Bool = {
    guard geteuid() == 0, let disk = try? LoopDisk(mebibytes: 1) else { return false }
    return disk.device.hasPrefix("/dev/loop")
}()
