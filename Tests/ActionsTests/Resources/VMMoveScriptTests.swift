import Foundation
import Steps
import Testing

@testable import Actions

@Suite("The move of a machine, on real images and a real file system", .enabled(if: MoveYard.isPossible))
struct VMMoveScriptTests {
    @Test("at whatever command it is killed, the next run ends in the same state and the original is kept")
    func killed() throws {
        let calls = try MoveYard.with { yard in
            let result = try yard.run(yard.move())
            #expect(result.code == 0, "\(result.errors)\(result.output)")
            #expect(try yard.isMoved(), "\(result.output)\(result.errors)")
            return try yard.count()
        }
        #expect(calls > 15)
        for call in stride(from: 1, through: calls, by: 2) {
            try MoveYard.with { yard in
                _ = try yard.run(yard.move(), killing: call)
                // Once libvirt forgot the machine the step is done: its probe no longer asks for work.
                if try !yard.holds("[ -e libvirt/opencart.xml ]") { return }
                let again = try yard.run(yard.move())
                #expect(again.code == 0, "killed at \(call): \(again.errors)")
                #expect(try yard.isMoved(), "killed at \(call): \(again.output)\(again.errors)")
            }
        }
    }

    @Test("taken back after it was killed at any command, the machine runs from its old disk or is refused")
    func killedAndTakenBack() throws {
        let calls = try MoveYard.with { yard in
            _ = try yard.run(yard.move())
            return try yard.count()
        }
        for call in stride(from: 2, through: calls, by: 4) {
            try MoveYard.with { yard in
                _ = try yard.run(yard.move(), killing: call)
                let back = try yard.run(yard.undo())
                #expect(back.code == 0, "killed at \(call): \(back.errors)\(back.output)")
                #expect(try yard.isBack(), "killed at \(call): \(back.output)\(back.errors)")
            }
        }
    }

    @Test("layers below a disk are copied into it, and the copy reads the same without them")
    func flattened() throws {
        try MoveYard.with { yard in
            try yard.happens(
                """
                mv images/opencart.qcow2 images/base.qcow2
                qemu-img create -q -f qcow2 -b base.qcow2 -F qcow2 images/opencart.qcow2
                qemu-io -f qcow2 -c 'write -q -P 5 1M 64k' images/opencart.qcow2
                """)
            #expect(try yard.run(yard.move()).code == 0)
            try yard.happens(
                """
                mv images/base.qcow2 elsewhere.qcow2
                on_lun "qemu-io -r -f qcow2 -c 'read -P 7 4k 64k' -c 'read -P 5 1M 64k' opencart.qcow2 | grep -c failed | grep -qx 0"
                """)
        }
    }

    @Test(
        "whatever is in the way is found before the machine is shut down, and nothing is touched",
        arguments: [
            ("on_lun 'echo precious >cd.iso'", "exists and is not a copy"),
            // The overlay is small; what lies below it is not.
            (
                """
                qemu-img create -q -f qcow2 images/base.qcow2 40M; qemu-io -f qcow2 -c 'write -q -P 5 0 30M' images/base.qcow2
                rm images/opencart.qcow2; qemu-img create -q -f qcow2 -b base.qcow2 -F qcow2 images/opencart.qcow2
                """, "MiB free"
            ),
            // Each of the two fits alone.
            (
                "head -c 19M /dev/zero >images/cd.iso; qemu-io -f qcow2 -c 'write -q -P 5 0 3M' images/opencart.qcow2",
                "MiB free"
            ),
            ("mkdir mnt; echo disk >mnt/other-machine.qcow2", "would be hidden"),
            ("mkdir real; ln -s real mnt", "is a symbolic link"),
            ("on_lun 'chmod 700 .'", "lets nobody but its owner in"),
            ("cp images/opencart.qcow2 images/opencart.qcow2.harun-pre", "both exist"),
            ("rm images/cd.iso", "is not there"),
            (
                "rm cib; printf 'ring0_addr: a\\nring0_addr: b\\n' >pacemaker/corosync.conf",
                "the other nodes may know more"
            ),
            (
                "echo '<cib have-quorum=\"1\"><primitive id=\"vm_opencart\"/></cib>' >cib",
                "the cluster still has opencart"
            ),
            ("mkswap -q $lun", "holds no ext4 file system"),
            // The very bytes of a file system that another host has mounted.
            (
                "on_lun 'sync; cat $lun >../seen'; cat seen >$lun; sync; blockdev --flushbufs $lun; rm seen",
                "another host may have it mounted"
            ),
        ])
    func inTheWay(preparation: String, words: String) throws {
        try MoveYard.with { yard in
            try yard.happens("\(preparation)\ncksum images/* 2>/dev/null >sums; ls -ld mnt 2>/dev/null >ls; :")
            let result = try yard.run(yard.move())
            #expect(result.code == 1)
            #expect(result.errors.contains(words), "\(result.errors)")
            #expect(
                try yard.holds(
                    """
                    [ -e libvirt/active ] && [ ! -e libvirt/closing ] && [ -e libvirt/opencart.xml ] && [ -e libvirt/autostart ] &&
                    cksum images/* | cmp - sums && ! grep -q " $PWD/mnt " /proc/mounts
                    """), "the machine was shut down or touched: \(result.output)\(result.errors)")
        }
    }

    @Test("a root folder of the LUN that was there keeps its mode, and the folders above the mount point stay open")
    func modes() throws {
        try MoveYard.with { yard in
            try yard.happens("on_lun 'chmod 1751 .'")
            let result = try yard.run(yard.move(to: "@/srv/ha/vm"))
            #expect(result.code == 0, "\(result.errors)")
            try yard.happens(
                """
                [ "$(stat -c %a srv srv/ha srv/ha/vm | tr '\\n' ' ')" = '755 755 755 ' ] || { stat -c %a:%n srv srv/ha srv/ha/vm; exit 1; }
                on_lun '[ "$(stat -c %a .)" = 1751 ]'
                """)
        }
    }

    @Test("what the machine wrote under the cluster is not pushed aside by another move, marked or not")
    func newer() throws {
        for forget in ["", "rm opencart.qcow2.harun-copy;"] {
            try MoveYard.with { yard in
                #expect(try yard.run(yard.move()).code == 0)
                try yard.happens(
                    """
                    on_lun "\(forget) qemu-io -f qcow2 -c 'write -q -P 9 4k 64k' opencart.qcow2; cp opencart.qcow2 ../newer.qcow2"
                    # The operator goes back by hand, as the refusal says, and then moves once more.
                    mv images/opencart.qcow2.harun-pre images/opencart.qcow2; cp state/pre/original.xml libvirt/opencart.xml; : >libvirt/active
                    """)
                let again = try yard.run(yard.move())
                #expect(again.code == 1)
                #expect(again.errors.contains("may be newer"), "\(again.errors)")
                try yard.happens(
                    "[ -e libvirt/active ] && [ ! -e libvirt/closing ] && on_lun 'cmp ../newer.qcow2 opencart.qcow2'")
            }
        }
    }
}
