import Foundation
import Steps
import Testing

@testable import Actions

@Suite("The way back of a moved machine, on real images and a real file system", .enabled(if: MoveYard.isPossible))
struct VMMoveUndoTests {
    @Test("its undo gives the machine back as it was, running and started at boot, and twice is once")
    func undone() throws {
        try MoveYard.with { yard in
            #expect(try yard.run(yard.move()).code == 0)
            for _ in 1...2 {
                let back = try yard.run(yard.undo())
                #expect(back.code == 0, "\(back.errors)\(back.output)")
            }
            #expect(try yard.isBack())
            #expect(try yard.holds("[ ! -e mnt ] && [ ! -e state/lun-view ]"), "no folder stays behind")
        }
    }

    @Test("a machine that was off when it was found stays off")
    func foundOff() throws {
        try MoveYard.with { yard in
            try yard.happens("rm libvirt/active")
            #expect(try yard.run(yard.move()).code == 0)
            #expect(try yard.run(yard.undo()).code == 0)
            #expect(try yard.holds("[ -e libvirt/opencart.xml ] && [ ! -e libvirt/active ]"))
        }
    }

    /// What can have happened since the move, in each of which the disk on the LUN may be the newer one.
    static let events: [(String, String)] = [
        ("on_lun \"qemu-io -f qcow2 -c 'write -q -P 9 4k 64k' opencart.qcow2\"", "was used since"),
        ("on_lun \"rm *.harun-copy; qemu-io -f qcow2 -c 'write -q -P 9 4k 64k' opencart.qcow2\"", "was used since"),
        // The other host's clock is behind; its times are before those of the copy.
        (
            "on_lun \"qemu-io -f qcow2 -c 'write -q -P 9 4k 64k' opencart.qcow2; touch -d '30 seconds ago' opencart.qcow2\"",
            "was used since"
        ),
        ("on_lun 'mkdir disks; mv opencart.qcow2 disks'", "is not on the LUN any more"),
        // Started once, and nothing written: libvirt gave the file to QEMU's user and back.
        ("on_lun 'chown 64055 opencart.qcow2; chown 0 opencart.qcow2'", "was used since"),
        // A backup's snapshot is what the machine ran on, the base stays as it was.
        ("on_lun 'qemu-img create -q -f qcow2 -b opencart.qcow2 -F qcow2 opencart.snap1'", "lies over opencart.qcow2"),
        ("mkfs.ext4 -q -F $lun; on_lun 'cp ../before.qcow2 opencart.qcow2'", "another file system now"),
        ("echo 0xdef >wwid", "another disk now"),
        ("on_lun 'cp opencart.qcow2 x; rm opencart.qcow2; mv x opencart.qcow2'", "was used since"),
        ("debugfs -w -R 'feature needs_recovery' $lun >/dev/null 2>&1", "mounted by another host"),
        ("dd if=/dev/zero of=$lun bs=1k seek=1 count=1 conv=notrunc 2>/dev/null", "another file system now"),
        ("mkdir -p mnt; mount -t tmpfs none mnt", "something else than the LUN is mounted"),
        (": >libvirt/transient", "the cluster or somebody else started it"),
        ("mkdir libvirt/qemu; : >libvirt/qemu/opencart.pid", "the cluster or somebody else started it"),
        ("echo '<domain>other</domain>' >libvirt/opencart.xml", "defines opencart otherwise"),
        (": >libvirt/dead", "libvirt does not answer"),
        // The cluster says what it has, or nobody knows.
        ("echo '<cib have-quorum=\"1\"><primitive id=\"vm_opencart\"/></cib>' >cib", "it would run twice"),
        (
            "echo '<cib have-quorum=\"1\"><nvpair name=\"config\" value=\"/srv/opencart.xml\"/></cib>' >cib",
            "it would run twice"
        ),
        ("echo '<cib have-quorum=\"0\"/>' >cib", "no quorum"),
        ("echo '<resource id=\"vm_opencart\" role=\"Started\" active=\"true\">' >mon", "still runs opencart"),
        ("rm cib; echo '<cib><primitive id=\"vm_opencart\"/></cib>' >pacemaker/cib.xml", "it would run twice"),
        (
            "rm cib; echo '<cib/>' >pacemaker/cib.xml; printf ' ring0_addr: a\\n ring0_addr: b\\n' >pacemaker/corosync.conf",
            "the other nodes may know more"
        ),
        ("qemu-io -f qcow2 -c 'write -q -P 9 4k 64k' images/opencart.qcow2.harun-pre", "holds other data than"),
        ("rm images/opencart.qcow2.harun-pre", "is not there any more"),
    ]

    @Test("where the cluster may have run the machine, it is never started from its old disk", arguments: events)
    func stale(event: String, words: String) throws {
        try MoveYard.with { yard in
            #expect(try yard.run(yard.move()).code == 0)
            try yard.happens(event)
            let result = try yard.run(yard.undo())
            #expect(result.code == ScriptPrelude.refused, "\(result.errors)\(result.output)")
            #expect(result.output.contains(words), "\(result.output)")
            #expect(try yard.isLeft())
            #expect(try yard.holds("[ ! -e state/taken-back ] && ! grep -q \"$PWD/state/lun-view\" /proc/mounts"))
        }
    }

    @Test("no cluster on the node, or one node alone whose file lacks the machine, proves that it is not the cluster's")
    func noCluster() throws {
        for event in ["rm cib bin/cibadmin bin/crm_mon", "rm cib; echo '<cib/>' >pacemaker/cib.xml"] {
            try MoveYard.with { yard in
                #expect(try yard.run(yard.move()).code == 0)
                try yard.happens(event)
                // Where the tools are installed on the machine of this test, they find no cluster either.
                let back = try yard.run(yard.undo())
                #expect(back.code == 0, "\(event): \(back.errors)\(back.output)")
                #expect(try yard.isBack())
            }
        }
    }

    @Test("a machine that went down later than harun waited runs again after the undo")
    func slow() throws {
        try MoveYard.with { yard in
            try yard.happens("echo 4 >libvirt/slow")
            let late = try yard.run(yard.move(patience: .seconds(1)))
            #expect(late.code == 1)
            #expect(late.errors.contains("did not shut down within 1 s"), "\(late.errors)")
            #expect(try yard.holds("[ -e libvirt/active ]"), "it is on its way down")
            let back = try yard.run(yard.undo(patience: .seconds(60)))
            #expect(back.code == 0, "\(back.errors)\(back.output)")
            #expect(try yard.holds("[ ! -e libvirt/closing ]"), "it was seen down")
            #expect(try yard.isBack())
        }
    }

    @Test("a machine that may still go down is not called rolled back")
    func undecided() throws {
        try MoveYard.with { yard in
            try yard.happens("echo 9999 >libvirt/slow")
            #expect(try yard.run(yard.move(patience: .seconds(1))).code == 1)
            let back = try yard.run(yard.undo(patience: .seconds(1)))
            #expect(back.code == ScriptPrelude.refused)
            #expect(back.output.contains("it may still go down"), "\(back.output)")
            #expect(try yard.isBack(), "all else is as before")
            // Half an hour later it evidently has not heard its button.
            try yard.happens("{ cat /proc/sys/kernel/random/boot_id; echo -2000; } >state/pressed")
            #expect(try yard.run(yard.undo(patience: .seconds(1))).code == 0)
        }
    }

    @Test("a machine that an earlier run shut down runs again after a later run is taken back")
    func shutDownBefore() throws {
        // Killed while the copies are made, wherever that is; the next run has a folder of its own.
        for call in 12..<60 {
            let isFound = try MoveYard.with { yard in
                _ = try yard.run(yard.move(), killing: call)
                guard try yard.holds("[ ! -e libvirt/active ] && [ ! -e state/assets ]") else { return false }
                try yard.happens("rm -r state; mkdir state")
                #expect(try yard.run(yard.move()).code == 0)
                #expect(try yard.run(yard.undo()).code == 0)
                #expect(try yard.isBack())
                return true
            }
            if isFound { return }
        }
        Issue.record("the machine was never seen off before its copies were done")
    }
}
