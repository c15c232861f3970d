import Documents
import Foundation
import Steps
import Testing
import Transport

@testable import Actions

/// Every undo that promises the state before, on a system of files that loses its power at any command.
@Suite("Undo scripts after a lost power", .enabled(if: geteuid() == 0))
struct UndoTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var name: String
        var action: any Action
        /// Makes the system as it was, in `$R`.
        var prepare = ":"
        var observations: [NodeName: Observation] = [:]

        var testDescription: String { name }
    }

    private static func file(_ name: String, _ content: String) -> Case? {
        let path: Value.Content = .string("/etc/a/b.conf")
        let action = try? make(
            FileWrite.self, ["path": path, "content": .string("new\n"), "reload": .boolean(true)])
        return action.map { Case(name: name, action: $0, prepare: content) }
    }

    private static func units() -> Case? {
        let place = SourceLocation(file: "r", line: 1, column: 1)
        func units(_ name: String) -> Value.Content { .array([Value(.string(name), at: place)]) }
        let action = try? make(
            SystemdUnit.self,
            ["mask": units("m.target"), "enable": units("e.service"), "disable": units("d.service")])
        return action.map {
            Case(
                name: "systemd.unit", action: $0,
                prepare: "ln -s /lib/d.service $R/etc/systemd/system/d.service.link; : >$R/active/d.service")
        }
    }

    private static let conf = "printf 'totem {\\n cluster_name: debian\\n}\\n' >$R/etc/corosync/corosync.conf"
    private static let cluster = """
        mkdir -p $R/etc/corosync $R/etc/pacemaker $R/var/lib/pacemaker/cib
        for unit in corosync pacemaker; do
            ln -s /lib/$unit.service $R/etc/systemd/system/$unit.service.link; : >$R/active/$unit.service
        done
        """
    private static let stopped = "mkdir -p $R/etc/corosync $R/etc/pacemaker $R/var/lib/pacemaker/cib; "

    static let cases: [Case] = [
        file("file.write, new", ":"),
        file("file.write, over another", "mkdir -p $R/etc/a; echo old >$R/etc/a/b.conf; chmod 600 $R/etc/a/b.conf"),
        units(),
        (try? make(SystemdDefaultTarget.self, ["target": .string("graphical.target")])).map {
            Case(name: "default target, none before", action: $0)
        },
        (try? make(SystemdDefaultTarget.self, ["target": .string("graphical.target")])).map {
            Case(
                name: "default target, another before", action: $0,
                prepare: "ln -s /lib/systemd/system/rescue.target $R/etc/systemd/system/default.target")
        },
        (try? make(FstabClean.self, ["mount": .string("/mnt/none"), "wwid": .string("0x6001000000000000")])).map {
            Case(
                name: "fstab.clean", action: $0,
                prepare:
                    "printf '/dev/x / ext4\\n/dev/disk/by-id/wwn-0x6001000000000000 /mnt/none ext4\\n' >$R/etc/fstab")
        },
        (try? make(ISCSIInitiator.self)).map {
            Case(
                name: "iscsi.initiator", action: $0,
                prepare: "mkdir -p $R/etc/iscsi; echo InitiatorName=iqn.a >$R/etc/iscsi/initiatorname.iscsi",
                observations: [
                    "nodo1": found(["name": "iqn.a", "sessions": "1"]),
                    "nodo2": found(["name": "iqn.a", "sessions": "0"]),
                ])
        },
        (try? make(PcsAuthAction.self)).map {
            Case(
                name: "pcs.auth", action: $0, prepare: "mkdir -p $R/var/lib/pcsd; echo old >$R/var/lib/pcsd/known-hosts"
            )
        },
        (try? make(ClusterPristineAction.self, ["cluster": .string("shop")])).map {
            Case(
                name: "cluster.pristine", action: $0,
                prepare: cluster + "\n" + conf + "; echo '<cib/>' >$R/var/lib/pacemaker/cib/cib.xml"
                    // As the package leaves it where it came to a cluster that ran.
                    + "; mkdir -p $R/lib/systemd/system; : >$R/lib/systemd/system/sbd.service"
                    + "; ln -s /lib/sbd.service $R/etc/systemd/system/sbd.service.link",
                observations: ["nodo1": found(["conf": CorosyncConfigurationTests.debian])])
        },
        (try? make(ClusterSetupAction.self, ["cluster": .string("shop")])).map {
            Case(
                name: "cluster.setup", action: $0,
                prepare: stopped + "echo '<cib/>' >$R/var/lib/pacemaker/cib/cib.xml; echo k >$R/etc/corosync/authkey")
        },
        (try? make(ClusterStartAction.self, ["cluster": .string("shop")])).map {
            Case(
                name: "cluster.start", action: $0,
                prepare: stopped + "ln -s /lib/corosync.service $R/etc/systemd/system/corosync.service.link")
        },
        (try? make(ClusterStartAction.self, ["cluster": .string("shop"), "start_at_boot": .boolean(false)])).map {
            // Beside resources that run, and go on.
            Case(
                name: "cluster.start of a running cluster", action: $0,
                prepare: """
                    : >$R/resources
                    for name in corosync pacemaker; do
                        : >$R/active/$name.service; ln -s /lib/$name.service $R/etc/systemd/system/$name.service.link
                    done
                    """)
        },
        (try? make(
            SBDEnableAction.self, ["wwid": .string("0x6002000000000000"), "watchdog": .string("/dev/watchdog")])).map {
                Case(
                    name: "sbd.enable", action: $0,
                    prepare: "mkdir -p $R/etc/default $R/lib/systemd/system; echo packaged >$R/etc/default/sbd",
                    observations: [
                        "nodo1": found([
                            "device": "/dev/disk/by-id/wwn-0x6002000000000000", "wwid": "0x6002000000000000",
                        ])
                    ])
            },
        (try? make(SBDWatchdogAction.self, ["device": .string("/dev/null")])).map {
            Case(
                name: "sbd.watchdog", action: $0,
                prepare: "mkdir -p $R/sys/class/watchdog/watchdog0; echo 1:3 >$R/sys/class/watchdog/watchdog0/dev")
        },
        (try? make(OOMGuard.self)).map {
            Case(
                name: "oom.guard", action: $0,
                // pacemaker-execd, 21, had a score of its own, and what an agent started, 22, is none of the unit's.
                prepare: """
                    daemon() {
                        mkdir -p $R/proc/$1; echo $3 >$R/proc/$1/comm; echo $4 >$R/proc/$1/oom_score_adj
                        echo "$1 ($3) S $2 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 5$1 0 0" >$R/proc/$1/stat
                    }
                    echo 10 >$R/active/corosync.service; daemon 10 1 corosync 0
                    echo 20 >$R/active/pacemaker.service; daemon 20 1 pacemakerd 0
                    daemon 21 20 pacemaker-execd 7; daemon 22 21 pacemaker-remote 0
                    mkdir $R/etc/systemd/system/sbd.service.d
                    printf 'mine\\n' >$R/etc/systemd/system/sbd.service.d/00-harun-oom.conf
                    """)
        },
        (try? make(VMDistributeAction.self, ["name": .string("opencart")])).map {
            Case(
                name: "vm.distribute", action: $0, prepare: "mkdir -p $R/etc/harun/vm; chmod 700 $R/etc/harun/vm",
                observations: ["nodo1": found(secrets: ["definition": "<domain/>\n"])])
        },
    ].compactMap { $0 }

    @Test("none of the cases is left out")
    func complete() { #expect(Self.cases.count == 16) }

    @Test(
        "whatever was cut off, the apply, the undo or both, the undo that ends leaves the system as it was",
        arguments: cases)
    func cutOff(one: Case) throws {
        let node: NodeName = one.action is ISCSIInitiator ? "nodo2" : "nodo1"
        let apply = one.action.apply(node, one.observations)
        let undo = one.action.undo(node)
        var applyCalls = 1
        var undoCalls = 1
        func withSystem(_ body: (UndoSandbox, String) throws -> Void) throws {
            let folder = FileManager.default.temporaryDirectory.appending(path: "harun-\(UUID().uuidString)")
            defer { try? FileManager.default.removeItem(at: folder) }
            let sandbox = try UndoSandbox(folder, prepare: one.prepare)
            try body(sandbox, try sandbox.snapshot())
        }
        func expectBack(_ sandbox: UndoSandbox, _ before: String, _ what: String) throws {
            let back = try sandbox.run(undo)
            #expect(back.code == 0, "\(one.name), \(what): \(back.output)")
            #expect(try sandbox.snapshot() == before, "\(one.name), \(what)")
        }
        try withSystem { sandbox, before in
            let done = try sandbox.run(apply)
            #expect(done.code == 0, "\(one.name): \(done.output)")
            applyCalls = try sandbox.count()
            #expect(try sandbox.snapshot() != before, "\(one.name) changes something")
            #expect(try sandbox.run(undo).code == 0)
            undoCalls = try sandbox.count()
            #expect(try sandbox.snapshot() == before, "\(one.name)")
        }
        for call in 1...max(1, applyCalls) {
            try withSystem { sandbox, before in
                _ = try sandbox.run(apply, killing: call)
                if call % 2 == 0 {
                    let again = try sandbox.run(apply)
                    #expect(again.code == 0, "\(one.name), apply cut off at \(call), again: \(again.output)")
                }
                try expectBack(sandbox, before, "apply cut off at \(call)")
            }
        }
        for call in 1...max(1, undoCalls) {
            try withSystem { sandbox, before in
                _ = try sandbox.run(apply, killing: call % 3 == 0 ? applyCalls : 0)
                _ = try sandbox.run(undo, killing: call == undoCalls ? 0 : call)
                try expectBack(sandbox, before, "undo cut off at \(call)")
            }
        }
    }
}
