import Documents
import Foundation
import Steps
import Testing
import Transport

@testable import Actions

private let target = "iqn.2024-12.lab.storage:ha"

/// Runs a script of the action on files of a folder in place of the system's.
private func run(
    _ script: Script?, in folder: URL, mounts: String = "", cluster: Bool = false
) throws -> (code: UInt8, output: String) {
    try mounts.write(to: folder.appending(path: "mountinfo"), atomically: true, encoding: .utf8)
    let text = try #require(script).text
        .replacing("/proc/self/mountinfo", with: "\(folder.path)/mountinfo")
        .replacing("/etc/systemd/system", with: folder.path)
        .replacing("/etc/fstab", with: "\(folder.path)/fstab")
    let stubs = """
        systemctl() { case $1 in is-active) \(cluster ? "true" : "false");; daemon-reload) echo reloaded;; esac; }
        cibadmin() { \(cluster ? "true" : "false"); }
        HARUN_STATE=\(folder.path)/state; mkdir -p "$HARUN_STATE"
        """
    return try shell("\(stubs)\n\(text)")
}

private func withFolder(_ fstab: String, _ body: (URL) throws -> Void) throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "harun-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    try fstab.write(to: folder.appending(path: "fstab"), atomically: true, encoding: .utf8)
    try body(folder)
}

private func action() throws -> FstabClean {
    try make(
        FstabClean.self,
        [
            "mount": .string("/mnt/shared"), "portal": .string("10.0.0.5"), "target": .string(target),
            "lun": .integer(1),
        ])
}

private func probe(in folder: URL, mounts: String = "", cluster: Bool = false) throws -> (code: UInt8, output: String) {
    let script = try action().probe("nodo1")
    return try run(script, in: folder, mounts: mounts, cluster: cluster)
}

private func fstab(of folder: URL) throws -> String {
    try String(contentsOf: folder.appending(path: "fstab"), encoding: .utf8)
}

@Suite("fstab.clean")
struct FstabCleanTests {
    @Test("needs a mount point and a LUN")
    func reading() {
        #expect(read(FstabClean.self).messages.count == 2)
        #expect(read(FstabClean.self, ["mount": .string("mnt"), "wwid": .string("0x1")]).action == nil)
    }

    @Test(
        "entries of the mount point or of the LUN are found",
        arguments: [
            "/dev/sdb /mnt/shared ext4 defaults,_netdev 0 0", "\tUUID=1234   /mnt/shared/\text4 defaults 0 2",
            "/dev/disk/by-path/ip-10.0.0.5:3260-iscsi-\(target)-lun-1 /srv ext4 defaults 0 0",
            "/dev/disk/by-path/ip-10.0.0.5:3260-iscsi-\(target)-lun-1-part1 /srv ext4 defaults 0 0",
        ])
    func matches(line: String) throws {
        let text = "# a comment on /mnt/shared\nUUID=1 / ext4 defaults 0 1\n\(line)\n\n/dev/sdz /data xfs x 0 0\n"
        try withFolder(text) { folder in
            let action = try action()
            #expect(try run(action.probe("nodo1"), in: folder).code == ScriptPrelude.needed)
            let applied = try run(action.apply("nodo1", [:]), in: folder)
            #expect(applied.code == 0 && applied.output.contains("reloaded"), "\(applied.output)")
            #expect(try fstab(of: folder) == text.replacing(line, with: "# harun: \(line)"))
            #expect(try run(action.probe("nodo1"), in: folder).code == ScriptPrelude.satisfied)
            #expect(try run(action.undo("nodo1"), in: folder).code == 0)
            #expect(try fstab(of: folder) == text)
        }
    }

    @Test(
        "everything else stays",
        arguments: [
            "", "/dev/sdb /mnt/shared2 ext4 defaults 0 0", "/dev/sdb /mnt ext4 defaults 0 0", "nonsense",
            "#/dev/sdb /mnt/shared ext4 defaults 0 0", "nas:/export /srv nfs defaults 0 0",
            "/dev/disk/by-path/ip-10.0.0.6:3260-iscsi-\(target)-lun-1 /srv ext4 defaults 0 0",
            "/dev/disk/by-path/ip-10.0.0.5:3260-iscsi-\(target)-lun-12 /srv ext4 defaults 0 0",
        ])
    func stays(line: String) throws {
        try withFolder("UUID=1 / ext4 defaults 0 1\n\(line)") { folder in
            let result = try probe(in: folder)
            #expect(result.code == ScriptPrelude.satisfied)
        }
    }

    @Test("a mount outside of the cluster is refused, and one by the cluster is fine")
    func mounted() throws {
        let line = "36 25 8:16 / /mnt/shared rw - ext4 /dev/sdb rw\n"
        try withFolder("") { folder in
            let result = try probe(in: folder, mounts: line)
            #expect(result.code == ScriptPrelude.refused)
            #expect(result.output.contains("type: umount /mnt/shared"))
            #expect(try probe(in: folder, mounts: line, cluster: true).code == 0)
        }
    }

    @Test("a mount unit of the administrator's own is told")
    func unit() throws {
        try withFolder("") { folder in
            try "[Mount]\nWhat=/dev/sdb\nWhere=/mnt/shared\n".write(
                to: folder.appending(path: "mnt-shared.mount"), atomically: true, encoding: .utf8)
            let result = try probe(in: folder)
            #expect(result.code == ScriptPrelude.refused)
            #expect(result.output.contains("systemctl disable --now mnt-shared.mount"))
        }
    }

    @Test("a LUN under the system itself is refused")
    func system() throws {
        let line = "/dev/disk/by-path/ip-10.0.0.5:3260-iscsi-\(target)-lun-1 /var ext4 defaults 0 0"
        try withFolder(line) { folder in
            let result = try probe(in: folder)
            #expect(result.code == ScriptPrelude.refused)
        }
    }

    @Test("what was changed since is not taken back")
    func changed() throws {
        try withFolder("/dev/sdb /mnt/shared ext4 defaults 0 0\n") { folder in
            let action = try action()
            #expect(try run(action.apply("nodo1", [:]), in: folder).code == 0)
            try "/dev/sdc /other ext4 defaults 0 0\n".write(
                to: folder.appending(path: "fstab"), atomically: true, encoding: .utf8)
            #expect(try run(action.undo("nodo1"), in: folder).code == ScriptPrelude.refused)
        }
    }

    @Test("its scripts stay as they are")
    func golden() throws {
        try GoldenScripts.expect(action())
        let other = try make(FstabClean.self, ["mount": .string("/mnt/shared"), "wwid": .string("0x6001405ABC000000")])
        try GoldenScripts.expect(other, as: "fstab.clean.wwid")
    }
}
