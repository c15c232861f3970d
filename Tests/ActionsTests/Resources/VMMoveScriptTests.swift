import Foundation
import Testing

@testable import Actions

/// The move runs for real on files of this machine; only libvirt and the mount are played.
@Suite(
    "A move survives being killed at any command",
    .enabled(if: FileManager.default.fileExists(atPath: "/usr/bin/qemu-img")))
struct VMMoveScriptTests {
    /// Commands of the script, each of which may be the last one before the power goes.
    private static let commands = ["virsh", "qemu-img", "mv", "cp", "sync", "chmod", "mkdir", "mount"]

    private let script = VMMoveScript(
        name: "opencart", mount: "@/mnt", filesystem: "ext4", lun: LUNReference(.wwid("0xabc")),
        assets: [
            .init(path: "@/images/opencart.qcow2", kind: .disk(format: "qcow2")),
            .init(path: "@/images/cd.iso", kind: .file),
        ],
        places: ["@/images/opencart.qcow2": "@/mnt/opencart.qcow2", "@/images/cd.iso": "@/mnt/cd.iso"],
        keepsMount: false)

    private var undo: Script {
        VMMoveScript.undo(name: "opencart", mount: "@/mnt", lun: LUNReference(.wwid("0xabc")))
    }

    /// The cluster runs the machine, which writes to its disk on the LUN, and stops it again.
    private func runInCluster(_ folder: URL) throws {
        let written = try Tool.shell(
            "PATH=/usr/bin:/bin; qemu-io -f qcow2 -c 'write -q -P 9 4k 64k' mnt/opencart.qcow2; cp mnt/opencart.qcow2 newer.qcow2",
            in: folder)
        #expect(written.code == 0, "\(written.errors)")
    }

    private func prepare(_ folder: URL) throws {
        for name in ["images", "mnt", "state", "libvirt"] {
            try FileManager.default.createDirectory(at: folder.appending(path: name), withIntermediateDirectories: true)
        }
        let made = try Tool.shell(
            """
            qemu-img create -q -f qcow2 images/opencart.qcow2 1M && qemu-io -f qcow2 -c 'write -q -P 7 4k 64k' images/opencart.qcow2 2>/dev/null
            head -c 70000 /dev/urandom >images/cd.iso; cp images/opencart.qcow2 before.qcow2
            echo '<domain/>' >libvirt/opencart.xml; : >libvirt/active; : >libvirt/autostart
            """, in: folder)
        #expect(made.code == 0, "\(made.errors)")
        for command in Self.commands {
            // Counts its calls; the one in `kill` takes the power away instead.
            try Tool.replace(
                command, in: folder,
                with: """
                    n=$(($(cat \(folder.path)/count) + 1)); echo $n >\(folder.path)/count
                    [ "$n" != "$(cat \(folder.path)/kill)" ] || { kill -9 $PPID; exit 9; }
                    cd \(folder.path)/libvirt
                    \(Self.play(command))
                    """)
        }
        try Tool.replace("blkid", in: folder, with: "echo ext4")
        try Tool.replace("findmnt", in: folder, with: "echo /dev/null")
        try Tool.replace("readlink", in: folder, with: "echo /dev/null")
        try Tool.replace("cibadmin", in: folder, with: "exit 102")
        try Tool.replace("umount", in: folder, with: "exit 0")
        try Tool.replace("dumpe2fs", in: folder, with: "cat \(folder.path)/superblock 2>/dev/null")
    }

    private static func play(_ command: String) -> String {
        switch command {
        case "virsh":
            """
            case "$*" in
            *"list --all --autostart"*) [ ! -e autostart ] || echo opencart;;
            *list*) [ ! -e active ] || echo opencart;;
            dumpxml*) cat opencart.xml;;
            *shutdown*) rm active;;
            *"autostart --disable"*) rm -f autostart;;
            *autostart*) : >autostart;;
            *undefine*) rm opencart.xml;;
            *define*) cp "$3" opencart.xml;;
            *start*) : >active;;
            esac
            """
        case "mount": "exit 0"
        default: "exec $(PATH=/usr/bin:/bin:/usr/sbin; command -v \(command)) \"$@\""
        }
    }

    private func run(_ script: Script, _ folder: URL, killing call: Int = 0) throws -> Tool.Result {
        try Data("0\n".utf8).write(to: folder.appending(path: "count"))
        try Data("\(call)\n".utf8).write(to: folder.appending(path: "kill"))
        let text = script.text.replacing("@/", with: "\(folder.path)/").replacing(
            "/etc/harun", with: "\(folder.path)/harun"
        )
        .replacing("/var/lib/harun", with: "\(folder.path)/lib").replacing("[ -b \"$LUN\" ]", with: "true")
        return try Tool.shell(
            "\(ScriptPrelude.text)\n\(text)", in: folder, input: String(decoding: script.input, as: UTF8.self),
            environment: ["HARUN_STATE": "\(folder.path)/state"])
    }

    private func count(_ folder: URL) throws -> Int {
        let text = try String(contentsOf: folder.appending(path: "count"), encoding: .utf8)
        return Int(text.trimmingCharacters(in: .whitespacesAndNewlines)) ?? 0
    }

    private func isMoved(_ folder: URL) throws -> Bool {
        let check = try Tool.shell(
            """
            PATH=/usr/bin:/bin
            qemu-img compare -q before.qcow2 mnt/opencart.qcow2 && cmp images/cd.iso mnt/cd.iso &&
            cmp before.qcow2 images/opencart.qcow2.harun-pre && [ ! -e images/opencart.qcow2 ] &&
            [ "$(cat harun/vm/opencart.xml)" = '<moved/>' ] && [ "$(stat -c %a harun/vm/opencart.xml)" = 600 ] &&
            [ ! -e libvirt/opencart.xml ] && [ ! -e libvirt/autostart ] && [ ! -e libvirt/active ]
            """, in: folder)
        return check.code == 0
    }

    @Test("at whatever command it is killed, the next run ends in the same state and the original is kept")
    func killed() throws {
        let apply = script.apply(definition: "<moved/>\n")
        let calls = try Tool.withFolder { folder in
            try prepare(folder)
            let result = try run(apply, folder)
            #expect(result.code == 0, "\(result.errors)\(result.output)")
            #expect(try isMoved(folder), "\(result.output)\(result.errors)")
            return try count(folder)
        }
        #expect(calls > 15)
        for call in 1...max(1, calls) {
            try Tool.withFolder { folder in
                try prepare(folder)
                _ = try run(apply, folder, killing: call)
                // Once libvirt forgot the machine the step is done: its probe no longer asks for work.
                if !FileManager.default.fileExists(atPath: folder.appending(path: "libvirt/opencart.xml").path) {
                    return
                }
                let again = try run(apply, folder)
                #expect(again.code == 0, "killed at \(call): \(again.errors)")
                #expect(try isMoved(folder), "killed at \(call): \(again.output)\(again.errors)")
            }
        }
    }

    @Test("its undo gives the machine back as it was, running and started at boot")
    func undone() throws {
        try Tool.withFolder { folder in
            try prepare(folder)
            let moved = try run(script.apply(definition: "<moved/>\n"), folder)
            #expect(moved.code == 0, "\(moved.errors)")
            for _ in 1...2 {
                let back = try run(undo, folder)
                #expect(back.code == 0, "\(back.errors)")
            }
            let check = try Tool.shell(
                """
                PATH=/usr/bin:/bin; cmp before.qcow2 images/opencart.qcow2 && [ -e libvirt/active ] && [ -e libvirt/autostart ] &&
                [ "$(cat libvirt/opencart.xml)" = '<domain/>' ] && [ ! -e harun/vm/opencart.xml ]
                """, in: folder)
            #expect(check.code == 0)
        }
    }

    @Test("what the machine wrote under the cluster is neither forgotten by the undo nor pushed aside by another move")
    func newer() throws {
        let apply = script.apply(definition: "<moved/>\n")
        try Tool.withFolder { folder in
            try prepare(folder)
            #expect(try run(apply, folder).code == 0)
            try runInCluster(folder)
            let kept = try run(undo, folder)
            #expect(kept.code == ScriptPrelude.refused)
            #expect(kept.output.contains("is newer, so opencart is not started from its old disk"), "\(kept.output)")
            for file in ["libvirt/opencart.xml", "libvirt/active", "images/opencart.qcow2"] {
                #expect(!FileManager.default.fileExists(atPath: folder.appending(path: file).path), "\(file)")
            }
            // The operator goes back by hand, as the refusal says, and then moves once more.
            let back = try Tool.shell(
                "PATH=/usr/bin:/bin; mv images/opencart.qcow2.harun-pre images/opencart.qcow2; cp state/pre/original.xml libvirt/opencart.xml; : >libvirt/active",
                in: folder)
            #expect(back.code == 0)
            let again = try run(apply, folder)
            #expect(again.code == 1)
            #expect(again.errors.contains("newer than the disk here"), "\(again.errors)")
            let check = try Tool.shell(
                "PATH=/usr/bin:/bin; [ -e libvirt/active ] && cmp newer.qcow2 mnt/opencart.qcow2", in: folder)
            #expect(check.code == 0, "the machine runs on, and the LUN's disk is where it was")
        }
    }

    @Test("where nobody can see whether the cluster has run the machine, it is not started from its old disk")
    func unseen() throws {
        try Tool.withFolder { folder in
            try prepare(folder)
            #expect(try run(script.apply(definition: "<moved/>\n"), folder).code == 0)
            try Data("Filesystem features: has_journal needs_recovery\n".utf8).write(
                to: folder.appending(path: "superblock"))
            let kept = try run(undo, folder)
            #expect(kept.code == ScriptPrelude.refused)
            #expect(kept.output.contains("may hold newer data"), "\(kept.output)")
        }
    }

    @Test("a file on the LUN that is something else is never overwritten")
    func foreignFile() throws {
        try Tool.withFolder { folder in
            try prepare(folder)
            try Data("precious".utf8).write(to: folder.appending(path: "mnt/cd.iso"))
            let result = try run(script.apply(definition: "<moved/>\n"), folder)
            #expect(result.code == 1)
            #expect(result.errors.contains("exists and is not a copy"), "\(result.errors)")
            let kept = try String(contentsOf: folder.appending(path: "mnt/cd.iso"), encoding: .utf8)
            #expect(kept == "precious")
            #expect(FileManager.default.fileExists(atPath: folder.appending(path: "libvirt/opencart.xml").path))
        }
    }
}
