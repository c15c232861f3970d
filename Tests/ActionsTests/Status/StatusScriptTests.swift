import Foundation
import Steps
import Testing
import Transport

@testable import Actions

@Suite("The status script")
struct StatusScriptTests {
    /// As libvirt 9.0 and 11.3 write it for a machine that runs.
    @Test(
        "libvirt's own word that the machine is paused is read",
        arguments: [("running", "booted"), ("paused", "ioerror"), ("paused", "starting up")])
    func paused(state: String, reason: String) throws {
        let output = try Tool.withFolder { folder in
            let text = StatusScript.script(mount: nil, vm: "shop", address: nil, target: nil).text
            return try Tool.shell(
                """
                echo $$ >shop.pid
                cat >shop.xml <<'X'
                <!--
                WARNING: THIS IS AN AUTO-GENERATED FILE. CHANGES TO IT ARE LIKELY TO BE
                OVERWRITTEN AND LOST.
                -->
                <domstatus state='\(state)' reason='\(reason)' pid='7'>
                  <taint flag='high-privileges'/>
                  <domain type='qemu' id='1'>
                    <name>shop</name>
                X
                \(ScriptPrelude.text)
                \(text.replacing("/run/libvirt/qemu", with: folder.path))
                """, in: folder
            ).output
        }
        #expect(output.contains("fact vm ") && output.contains("fact vm.paused ioerror\n") == (reason == "ioerror"))
    }

    @Test("it reads as POSIX shell and ends well on a host without any cluster")
    func bare() throws {
        let script = StatusScript.script(mount: "/mnt/x", vm: "shop", address: "192.0.2.9", target: "iqn.2000-01.a:b")
        try Tool.withFolder { folder in
            let result = try Tool.shell(
                "\(ScriptPrelude.text)\n\(script.text)", in: folder,
                environment: ["PATH": "/usr/bin:/bin"])
            #expect(result.code == 0, "\(result.errors)")
            #expect(result.output.contains("fact iscsi none"))
        }
    }

    @Test("a mounted device that no link of its identity leads to is told apart", .enabled(if: geteuid() == 0))
    func strayMount() throws {
        let script = StatusScript.script(mount: "/mnt", vm: nil, address: nil, target: nil)
        let result = try MountTable.copies.during {
            try shell(
                """
                unshare -m sh -s <<'OUTER'
                mount -t tmpfs dev /dev; mkdir -p /dev/disk/by-id
                : >/dev/disk/sda; : >/dev/disk/sdb
                ask() { (\(ScriptPrelude.text)
                    \(script.text.replacing("</proc/mounts", with: "</dev/disk/table"))) | grep '^fact mount'; }
                echo "/dev/disk/sda /mnt ext4 rw 0 0" >/dev/disk/table
                ask; ln -s ../sdb /dev/disk/by-id/wwn-0x1; ask; rm /dev/disk/by-id/wwn-0x1
                ln -s ../sda /dev/disk/by-id/wwn-0x1; ask
                OUTER
                """)
        }
        let lines = result.output.split(separator: "\n").filter { $0.contains("linked") }
        #expect(lines == ["fact mount.linked no", "fact mount.linked no", "fact mount.linked yes"], "\(result.output)")
    }
}
