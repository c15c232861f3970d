import Foundation
import Steps
import Testing
import Transport

@testable import Actions

/// The probe of the disks asks real images on a real file system; only libvirt is played.
@Suite("What the disks of a machine tell before it is shut down", .enabled(if: MoveYard.isPossible))
struct DomainDisksTests {
    /// What the probe finds behind a preparation in the yard, and what is made of it.
    private func obstacles(
        _ preparation: String, format: String = "qcow2", layers: String = "", disk: String = "images/opencart.qcow2",
        os: String = ""
    ) throws -> [String] {
        try MoveYard.with { yard in
            try yard.happens("echo \(yard.folder.path)/\(disk) >libvirt/disks\n\(preparation)")
            let xml = """
                <domain><name>opencart</name><os>\(os)</os><devices><disk type='file'><driver type='\(format)'/>\
                <source file='@/\(disk)'/>\(layers)</disk></devices></domain>
                """.replacing("@", with: yard.folder.path)
            let disks = DomainDisks(name: "opencart", mount: "\(yard.folder.path)/mnt")
            let probe = Script(
                """
                \(MoveYard.lun.findFunction)
                lun_find; numbers=" $(cat "/sys/class/block/${DEV##*/}/dev") "; x=\(xml.shellQuoted)
                \(disks.script)
                """)
            let result = try yard.run(probe)
            #expect(result.code == 0, "\(result.errors)")
            var observation = Observation(code: 0)
            for line in result.output.split(separator: "\n") { observation.take(line) }
            return disks.obstacles(observation, try #require(DomainDefinition(xml: xml)))
        }
    }

    @Test("plain images are in nobody's way, alone or in layers")
    func plain() throws {
        #expect(try obstacles("") == [])
        #expect(try obstacles("qemu-img convert -O raw before.qcow2 images/opencart.qcow2", format: "raw") == [])
        let layered = """
            mv images/opencart.qcow2 images/base.qcow2
            qemu-img create -q -f qcow2 -b $PWD/images/base.qcow2 -F qcow2 images/opencart.qcow2
            """
        #expect(try obstacles(layered) == [])
        let named =
            "<backingStore type='file'><format type='qcow2'/><source file='@/images/base.qcow2'/><backingStore/></backingStore>"
        #expect(try obstacles(layered, layers: named) == [])
        #expect(try obstacles(layered, layers: "<backingStore/>").first?.contains("names other layers") == true)
        // Two that share what lies below them do not share a disk.
        let sibling =
            "\(layered)\nqemu-img create -q -f qcow2 -b base.qcow2 -F qcow2 images/shop.qcow2; echo $PWD/images/shop.qcow2 >libvirt/other.disks"
        #expect(try obstacles(sibling) == [])
    }

    @Test("UEFI variables are looked at beside the disks, and a machine that has none yet is to be started once")
    func variables() throws {
        #expect(try obstacles("", os: "<nvram>@/images/vars.fd</nvram>") == [])
        let missing = try obstacles("rm images/vars.fd", os: "<nvram>@/images/vars.fd</nvram>")
        #expect(
            missing.count == 1
                && missing[0].hasSuffix(
                    "vars.fd, its UEFI variables, is not there: start it once (virsh start opencart)")
        )
    }

    @Test(
        "what a copy would lose, or another machine needs, is named",
        arguments: [
            ("echo $PWD/images/opencart.qcow2 >libvirt/other.disks", "the machine shop uses one of its disks"),
            ("ln images/opencart.qcow2 images/x; echo $PWD/images/x >libvirt/other.disks", "the machine shop uses"),
            (
                "qemu-img create -q -f qcow2 -b opencart.qcow2 -F qcow2 images/shop.qcow2; echo $PWD/images/shop.qcow2 >libvirt/other.disks",
                "is based on it"
            ),
            ("qemu-img snapshot -c one images/opencart.qcow2", "holds snapshots"),
            ("qemu-img bitmap --add images/opencart.qcow2 b", "holds bitmaps"),
            (
                "qemu-img create -q -f qcow2 -b gone.qcow2 -F qcow2 -u images/opencart.qcow2 4M", "cannot read"
            ),
            ("qemu-img convert -O raw before.qcow2 images/opencart.qcow2", "is raw, and the definition says qcow2"),
            ("rm images/opencart.qcow2", "is not there"),
            ("cp before.qcow2 images/opencart.qcow2.harun-pre", "both exist"),
            (
                "mkdir mnt; mount $lun mnt; mv images/opencart.qcow2 mnt/; ln -s ../mnt/opencart.qcow2 images/",
                "under another name"
            ),
            // 30 MiB below an overlay that is nearly empty, for a LUN of 24 MiB.
            (
                """
                qemu-img create -q -f qcow2 images/base.qcow2 40M; qemu-io -f qcow2 -c 'write -q -P 5 0 30M' images/base.qcow2
                rm images/opencart.qcow2; qemu-img create -q -f qcow2 -b base.qcow2 -F qcow2 images/opencart.qcow2
                """, "MiB free"
            ),
        ])
    func named(preparation: String, words: String) throws {
        let found = try obstacles(preparation)
        #expect(found.contains { $0.contains(words) }, "\(found)")
    }

    @Test("a disk lies on the LUN where its device says so, not where its path does")
    func byDevice() throws {
        let here = try obstacles("mkdir mnt; mount $lun mnt; mv images/opencart.qcow2 mnt/", disk: "mnt/opencart.qcow2")
        #expect(here == [])
        let hidden = try obstacles("mkdir mnt; mv images/opencart.qcow2 mnt/", disk: "mnt/opencart.qcow2")
        #expect(hidden.contains { $0.contains("and not on the LUN") }, "\(hidden)")
    }

    @Test("a raw disk needs all of its size, also where it is sparse")
    func sparse() throws {
        let found = try obstacles("rm images/opencart.qcow2; truncate -s 40M images/opencart.qcow2", format: "raw")
        #expect(found.first?.contains("need 58 MiB") == true, "\(found)")
    }
}
