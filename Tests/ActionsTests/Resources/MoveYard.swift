import Foundation
import Steps
import Testing

@testable import Actions

/// A node for the scripts of `vm.move`: a real ext4 LUN on a loop device, real mounts and real images; libvirt and the
/// cluster are played.
///
/// In `libvirt/` lie what it defines (`opencart.xml`), `active`, `autostart`, `transient` (active without a definition)
/// and `slow` (how many more questions a machine that was told to shut down still runs). `cib` is what the cluster answers,
/// and without it no daemon runs.
final class MoveYard {
    /// Commands of the scripts, each of which may be the last one before the power goes.
    private static let counted = ["virsh", "qemu-img", "mv", "cp", "sync", "chmod", "mkdir", "mount"]
    static let lun = LUNReference(.wwid("0xabc"))
    static let definition = "<moved/>\n"

    let folder: URL
    private let device: String

    /// Where this machine has loop devices and images can be made; where `HARUN_REQUIRE_TOOLS` is set it must.
    static let isPossible: Bool =
        geteuid() == 0 && FileManager.default.isExecutableFile(atPath: "/usr/bin/qemu-img")
        && (try? shell("d=$(losetup -f --show /etc/hostname) && losetup -d $d"))?.code == 0

    static func with<T>(_ body: (MoveYard) throws -> T) throws -> T {
        try MountTable.changes.during {
            try Tool.withFolder { folder in
                let yard = try MoveYard(folder)
                defer { yard.clear() }
                return try body(yard)
            }
        }
    }

    private init(_ folder: URL) throws {
        self.folder = folder
        let made = try Tool.shell(
            """
            chmod 755 . && mkdir images state libvirt pacemaker && truncate -s 24M lun && mkfs.ext4 -q -m 0 lun &&
            qemu-img create -q -f qcow2 images/opencart.qcow2 4M && qemu-io -f qcow2 -c 'write -q -P 7 4k 64k' images/opencart.qcow2 &&
            head -c 70000 /dev/urandom >images/cd.iso && head -c 65536 /dev/urandom >images/vars.fd &&
            cp images/opencart.qcow2 before.qcow2 && cp images/vars.fd before.fd || exit 1
            echo '<domain/>' >libvirt/opencart.xml; : >libvirt/active; : >libvirt/autostart
            echo '<cib have-quorum="1"><configuration/></cib>' >cib; echo 0xabc >wwid
            losetup -f --show lun
            """, in: folder)
        #expect(made.code == 0, "\(made.errors)")
        device = made.output.trimmingCharacters(in: .whitespacesAndNewlines)
        for command in Self.counted {
            // Counts its calls; the one in `kill` takes the power away instead.
            try Tool.replace(
                command, in: folder,
                with: """
                    n=$(($(cat \(folder.path)/count) + 1)); echo $n >\(folder.path)/count
                    [ "$n" != "$(cat \(folder.path)/kill)" ] || { kill -9 $PPID; exit 9; }
                    \(command == "virsh" ? "cd \(folder.path)/libvirt\n\(Self.libvirt)" : "exec $(PATH=/usr/bin:/bin:/usr/sbin; command -v \(command)) \"$@\"")
                    """)
        }
        try Tool.replace(
            "cibadmin", in: folder, with: "[ -e \(folder.path)/cib ] || exit 102; cat \(folder.path)/cib")
        try Tool.replace(
            "crm_mon", in: folder,
            with:
                "[ -e \(folder.path)/cib ] || exit 102; cat \(folder.path)/mon 2>/dev/null; echo '<pacemaker-result/>'")
    }

    private static let libvirt = """
        [ ! -e dead ] || { echo 'error: failed to connect to the hypervisor' >&2; exit 1; }
        case "$*" in
        *domblklist*opencart*) sed 's/^/ file   disk   vda   /' disks 2>/dev/null;;
        *domblklist*) sed 's/^/ file   disk   vda   /' other.disks 2>/dev/null;;
        *"list --all --autostart"*) [ ! -e autostart ] || echo opencart;;
        *"list --all --persistent"*) [ ! -e opencart.xml ] || echo opencart;;
        *"list --all --name"*) [ ! -e opencart.xml ] || echo opencart; [ ! -e other.disks ] || echo shop;;
        *list*)
            if [ -e closing ]; then
                left=$(($(cat slow 2>/dev/null || echo 0) - 1)); echo $left >slow
                [ $left -ge 0 ] || rm -f active closing
            fi
            [ ! -e active ] && [ ! -e transient ] || echo opencart;;
        dumpxml*) cat opencart.xml;;
        *shutdown*) : >closing;;
        *"autostart --disable"*) rm -f autostart;;
        *autostart*) : >autostart;;
        *undefine*) rm opencart.xml;;
        *define*) cp "$3" opencart.xml;;
        *start*) [ ! -e active ] || exit 1; : >active;;
        esac
        """

    private func clear() {
        _ = try? Tool.shell(
            "PATH=/usr/sbin:/usr/bin:/sbin:/bin; umount mnt srv/ha/vm state/lun-view 2>/dev/null; losetup -d \(device)",
            in: folder)
    }

    // MARK: - What happens

    /// The move of the machine's disk, medium and UEFI variables; paths begin in the yard's folder.
    func move(
        to mount: String = "@/mnt", disk: String = "@/images/opencart.qcow2", format: String = "qcow2",
        keepsMount: Bool = false, patience: Duration = .seconds(60)
    ) -> Script {
        VMMoveScript(
            name: "opencart", mount: mount, filesystem: "ext4", lun: Self.lun,
            assets: [
                .init(path: disk, kind: .disk(format: format)), .init(path: "@/images/cd.iso", kind: .file),
                .init(path: "@/images/vars.fd", kind: .variables(format: "raw")),
            ],
            places: [
                disk: "\(mount)/opencart.qcow2", "@/images/cd.iso": "\(mount)/cd.iso",
                "@/images/vars.fd": "\(mount)/vars.fd",
            ],
            keepsMount: keepsMount, patience: patience
        ).apply(definition: Self.definition)
    }

    func undo(patience: Duration = .seconds(60)) -> Script {
        VMMoveUndo(name: "opencart", mount: "@/mnt", lun: Self.lun, patience: patience).script
    }

    /// Runs a script as the node would.
    func run(_ script: Script, killing call: Int = 0) throws -> Tool.Result {
        try Data("0\n".utf8).write(to: folder.appending(path: "count"))
        try Data("\(call)\n".utf8).write(to: folder.appending(path: "kill"))
        var text = script.text.replacing("@/", with: "\(folder.path)/")
            .replacing(
                Self.lun.findFunction,
                with:
                    "lun_find() { LUN=$(cat \(folder.path)/device 2>/dev/null || echo \(device)); DEV=$LUN; WWID=$(cat \(folder.path)/wwid); }"
            )
        for (path, place) in [
            ("/etc/harun", "harun"), ("/var/lib/harun", "lib"), ("/var/lib/pacemaker/cib", "pacemaker"),
            ("/etc/corosync", "pacemaker"), ("/run/libvirt", "libvirt"),
        ] { text = text.replacing(path, with: "\(folder.path)/\(place)") }
        return try Tool.shell(
            "\(free)\n\(ScriptPrelude.text)\n\(text)", in: folder, input: String(decoding: script.input, as: UTF8.self),
            environment: ["HARUN_STATE": "\(folder.path)/state"])
    }

    /// Waits until no other namespace has the LUN mounted any more: whoever made one while it was mounted here, as
    /// `ip netns exec` does, keeps it for as long as that namespace lives.
    private var free: String {
        """
        n=0
        while [ -d /sys/fs/ext4/\(device.dropFirst(5)) ] && ! grep -q '^\(device) ' /proc/self/mounts && [ $n -lt 300 ]; do
            n=$((n + 1)); sleep 0.1
        done
        """
    }

    /// How many commands the last script ran.
    func count() throws -> Int {
        let text = try String(contentsOf: folder.appending(path: "count"), encoding: .utf8)
        return Int(text.trimmingCharacters(in: .whitespacesAndNewlines)) ?? 0
    }

    /// Shell source in the yard's folder, with the real commands; `on_lun COMMAND` runs one in the mounted LUN.
    @discardableResult
    func happens(_ text: String, at location: Testing.SourceLocation = #_sourceLocation) throws -> Tool.Result {
        let result = try Tool.shell(
            """
            PATH=/usr/sbin:/usr/bin:/sbin:/bin; lun=\(device)
            on_lun() { mkdir -p view && mount \(device) view && (cd view && eval "$1"); code=$?; umount view; return $code; }
            \(text)
            """, in: folder)
        #expect(result.code == 0, "\(text): \(result.errors)\(result.output)", sourceLocation: location)
        return result
    }

    /// Whether shell source says yes.
    func holds(_ text: String) throws -> Bool {
        try Tool.shell("PATH=/usr/sbin:/usr/bin:/sbin:/bin\n\(text)", in: folder).code == 0
    }

    /// Whether the machine lies on the LUN and nowhere else, with its original kept.
    func isMoved() throws -> Bool {
        try Tool.shell(
            """
            PATH=/usr/sbin:/usr/bin:/sbin:/bin
            \(free)
            mkdir -p view && mount -o ro \(device) view || exit 1
            qemu-img compare -q before.qcow2 view/opencart.qcow2 && cmp images/cd.iso view/cd.iso &&
            cmp before.fd view/vars.fd; code=$?
            umount view
            [ $code = 0 ] && cmp before.qcow2 images/opencart.qcow2.harun-pre && [ ! -e images/opencart.qcow2 ] &&
            cmp before.fd images/vars.fd.harun-pre && [ ! -e images/vars.fd ] &&
            [ "$(cat harun/vm/opencart.xml)" = '<moved/>' ] && [ "$(stat -c %a harun/vm/opencart.xml)" = 600 ] &&
            [ ! -e libvirt/opencart.xml ] && [ ! -e libvirt/autostart ] && [ ! -e libvirt/active ]
            """, in: folder
        ).code == 0
    }

    /// Whether the machine is as before the move: its disk, its definition, running and started at boot.
    func isBack() throws -> Bool {
        try holds(
            """
            cmp before.qcow2 images/opencart.qcow2 && cmp before.fd images/vars.fd && [ -e libvirt/active ] && [ -e libvirt/autostart ] &&
            [ "$(cat libvirt/opencart.xml)" = '<domain/>' ] && [ ! -e harun/vm/opencart.xml ]
            """)
    }

    /// Whether libvirt runs nothing from the old disk.
    func isLeft() throws -> Bool { try holds("[ ! -e libvirt/active ] && [ ! -e images/opencart.qcow2 ]") }
}
