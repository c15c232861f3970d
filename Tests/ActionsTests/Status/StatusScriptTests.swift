import Foundation
import Testing
import Transport

@testable import Actions

@Suite("The status script")
struct StatusScriptTests {
    private func run(_ text: String, crmMon: String = "echo VIEW", cibadmin: String = "echo CIB") throws -> (
        result: Tool.Result, starts: [String]
    ) {
        try Tool.withFolder { folder in
            try Tool.replace("crm_mon", in: folder, with: "echo \"crm_mon $*\" >>\"$LOG\"; \(crmMon)")
            try Tool.replace("cibadmin", in: folder, with: "echo \"cibadmin $*\" >>\"$LOG\"; \(cibadmin)")
            let log = folder.appending(path: "log")
            let result = try Tool.shell(
                "\(ScriptPrelude.text)\n\(StatusScript.shared)\n\(text)", in: folder, environment: ["LOG": log.path])
            let starts = (try? String(contentsOf: log, encoding: .utf8))?.split(separator: "\n").map(String.init) ?? []
            return (result, starts)
        }
    }

    @Test("however many probes ask Pacemaker the same, it is started once")
    func once() throws {
        let (result, starts) = try run(
            """
            ( \(PacemakerStatus.probe) ); ( crm_mon -1 --output-as=xml | blob again )
            ( cibadmin --query 2>/dev/null | secret cib; cib=$(cibadmin --query 2>/dev/null) || exit 9; echo "$cib" )
            """)
        #expect(result.blob("status") == "VIEW\n" && result.blob("again") == "VIEW\n" && result.blob("cib") == "CIB\n")
        #expect(result.output.hasSuffix("CIB\n"))
        #expect(starts == ["crm_mon -1 --output-as=xml --fence-history=2", "cibadmin --query"])
    }

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

    @Test("what asks something else, or of another CIB than the live one, reaches the real program")
    func others() throws {
        let (result, starts) = try run(
            """
            CIB_file=$PWD/sim crm_mon -1 --output-as=xml | blob sim
            cibadmin --query --xpath //x; crm_mon -1
            """, crmMon: "echo \"${CIB_file:+simulated}\"")
        #expect(result.blob("sim") == "simulated\n")
        #expect(
            starts.suffix(3).sorted() == ["cibadmin --query --xpath //x", "crm_mon -1", "crm_mon -1 --output-as=xml"])
    }

    @Test("a cluster that does not run is told so by every probe, with the program's own exit code")
    func down() throws {
        let (result, _) = try run(
            "cibadmin --query | secret cib; cibadmin --query >/dev/null; echo $?; crm_mon -1 --output-as=xml >/dev/null; echo $?",
            crmMon: "exit 102", cibadmin: "exit 102")
        #expect(result.blob("cib") == nil)
        #expect(result.output.hasSuffix("102\n102\n"))
    }

    @Test("it reads as POSIX shell and ends well on a host without any cluster")
    func bare() throws {
        let script = StatusScript.script(mount: "/mnt/x", vm: "shop", address: "192.0.2.9", target: "iqn.2000-01.a:b")
        try Tool.withFolder { folder in
            let result = try Tool.shell(
                "\(ScriptPrelude.text)\n\(StatusScript.shared)\n\(script.text)", in: folder,
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
