import Steps
import Testing

@testable import Actions

@Suite("What a machine needs beside QEMU")
struct DomainPackagesTests {
    static let cases: [(String, [String])] = [
        (
            "<graphics type='vnc'/><interface type='bridge'/><disk type='file'/><video><model type='virtio'/></video>",
            []
        ),
        ("<graphics type='spice'/>", ["qemu-system-modules-spice|qemu-system-common"]),
        ("<channel type='spicevmc'/>", ["qemu-system-modules-spice|qemu-system-common"]),
        ("<redirdev bus='usb' type='spicevmc'/>", ["qemu-system-modules-spice|qemu-system-common"]),
        ("<audio id='1' type='spice'/>", ["qemu-system-modules-spice|qemu-system-common"]),
        ("<video><model type='qxl' ram='65536'/></video>", ["qemu-system-modules-spice|qemu-system-common"]),
        ("<graphics type='egl-headless'/>", ["qemu-system-modules-opengl|qemu-system-gui"]),
        (
            "<graphics type='spice'><gl enable='yes'/></graphics>",
            ["qemu-system-modules-spice|qemu-system-common", "qemu-system-modules-opengl|qemu-system-gui"]
        ),
        (
            "<video><model type='virtio'><acceleration accel3d='yes'/></model></video>",
            ["qemu-system-modules-opengl|qemu-system-gui"]
        ),
        ("<audio id='1' type='pulseaudio'/>", ["qemu-system-gui"]),
        ("<tpm model='tpm-crb'><backend type='emulator' version='2.0'/></tpm>", ["swtpm", "swtpm-tools"]),
        ("<tpm model='tpm-crb'><backend type='passthrough'/></tpm>", []),
        ("<interface type='network'><source network='default'/></interface>", ["dnsmasq-base"]),
        ("<interface type='user'><backend type='passt'/></interface>", ["passt"]),
        ("<interface type='user'/>", []),
        ("<filesystem type='mount'><driver type='virtiofs'/></filesystem>", ["virtiofsd|qemu-system-common"]),
        ("<disk type='network'><source protocol='rbd'/></disk>", ["qemu-block-extra"]),
    ]

    @Test("is read from its devices", arguments: cases)
    func devices(devices: String, packages: [String]) {
        let xml = "<domain type='kvm'><name>x</name><devices>\(devices)</devices></domain>"
        #expect(DomainPackages.needed(by: [xml]).map(\.text) == packages)
    }

    @Test(
        "is read from its firmware",
        arguments: [
            ("<os firmware='efi'><type>hvm</type></os>", true),
            ("<os><loader readonly='yes' type='pflash'>/usr/share/OVMF/OVMF_CODE_4M.fd</loader></os>", true),
            ("<os><type machine='pc-q35-7.2'>hvm</type></os>", false), ("", false),
        ])
    func firmware(system: String, isNeeded: Bool) {
        let xml = "<domain type='kvm'><name>x</name>\(system)</domain>"
        #expect(DomainPackages.needed(by: [xml]).map(\.text) == (isNeeded ? ["ovmf"] : []))
    }

    @Test("definitions of several nodes add up, and what is none asks for nothing")
    func several() {
        let one = "<domain><name>x</name><devices><graphics type='spice'/></devices></domain>"
        let two = "<domain><name>x</name><devices><interface type='network'/></devices></domain>"
        #expect(
            DomainPackages.needed(by: [one, two, one]).map(\.text) == [
                "qemu-system-modules-spice|qemu-system-common", "dnsmasq-base",
            ])
        #expect(DomainPackages.needed(by: ["", "<domain", "<network><name>x</name></network>"]).isEmpty)
        #expect(Set(DomainPackages.all).count >= 9)
    }
}
