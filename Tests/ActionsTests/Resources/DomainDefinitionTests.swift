import Steps
import Testing

@testable import Actions

@Suite("What ties a machine to its host")
struct DomainDefinitionTests {
    private func bindings(os: String = "", devices: String = "", top: String = "") throws -> [String] {
        try #require(
            DomainDefinition(
                xml: """
                    <domain type='kvm' xmlns:qemu='http://libvirt.org/schemas/domain/qemu/1.0'><name>vm</name>\
                    <os\(os.hasPrefix("<") ? "" : " " + os)><type arch='x86_64' machine='pc-q35-7.2'>hvm</type>\
                    \(os.hasPrefix("<") ? os : "")</os>\(top)<devices>\(devices)</devices></domain>
                    """)
        ).bindings
    }

    @Test(
        "a device of the host is named before the machine is shut down",
        arguments: [
            ("<hostdev mode='subsystem' type='pci'/>", "passed through"), ("<tpm model='tpm-tis'/>", "TPM"),
            ("<filesystem type='mount'/>", "shares a folder"), ("<shmem name='x'/>", "shares memory"),
            (
                "<disk type='block' device='disk'><source dev='/dev/vg/x'/><target dev='vdb'/></disk>",
                "disk vdb is a block"
            ),
            ("<disk type='block' device='cdrom'><source dev='/dev/sr0'/><target dev='sda'/></disk>", "/dev/sr0"),
            (
                "<disk type='file'><source file='/a'><encryption format='luks'/></source><target dev='vdb'/></disk>",
                "encrypted with a secret"
            ),
            (
                "<disk type='network'><auth username='a'><secret type='ceph' uuid='x'/></auth><source protocol='rbd'/></disk>",
                "needs a secret"
            ),
            (
                "<disk type='file'><source file='/a'/><shareable/><target dev='vdb'/></disk>",
                "shared with other machines"
            ),
            ("<disk type='file'><driver type='vmdk'/><source file='/a'/><target dev='vdb'/></disk>", "format vmdk"),
            (
                "<graphics type='vnc' listen='10.1.2.3'><listen type='address' address='10.1.2.3'/></graphics>",
                "10.1.2.3"
            ),
            ("<graphics type='egl-headless'><gl rendernode='/dev/dri/renderD128'/></graphics>", "renderD128"),
            ("<graphics type='vnc' socket='/srv/vnc.sock'/>", "/srv/vnc.sock"),
            ("<serial type='dev'><source path='/dev/ttyS0'/></serial>", "/dev/ttyS0"),
            ("<serial type='file'><source path='/srv/console.log'/></serial>", "one below /var/log/libvirt"),
            ("<serial type='tcp'><source mode='bind' host='10.1.2.3' service='1'/></serial>", "listens on 10.1.2.3"),
            ("<interface type='hostdev'><source/></interface>", "network card"),
            ("<interface type='vhostuser'><source type='unix' path='/x'/></interface>", "vhostuser"),
            ("<input type='evdev'><source dev='/dev/input/event1'/></input>", "input device"),
            ("<memory model='nvdimm'><source><path>/srv/nv</path></source></memory>", "/srv/nv"),
            ("<lease><key>a</key></lease>", "lock manager"),
        ])
    func devices(device: String, words: String) throws {
        let found = try bindings(devices: device)
        #expect(found.count == 1 && found[0].contains(words), "\(found)")
    }

    @Test(
        "what every host with libvirt has is no binding",
        arguments: [
            "<graphics type='vnc' port='-1' listen='127.0.0.1'><listen type='address' address='127.0.0.1'/></graphics>",
            "<graphics type='spice'><listen type='address'/></graphics>",
            "<graphics type='vnc'><listen type='socket'/></graphics>",
            "<serial type='pty'><target port='0'/></serial>",
            "<serial type='file'><source path='/var/log/libvirt/qemu/vm-console.log'/></serial>",
            "<channel type='unix'><target type='virtio' name='org.qemu.guest_agent.0'/></channel>",
            "<channel type='spicevmc'/>", "<rng model='virtio'><backend model='random'>/dev/urandom</backend></rng>",
            "<disk type='file' device='cdrom'><target dev='sda'/></disk>",
            "<disk type='network'><source protocol='nbd' name='x'/></disk>", "<watchdog model='itco' action='reset'/>",
        ])
    func free(device: String) throws { #expect(try bindings(devices: device) == []) }

    @Test("firmware of a package is on every node, and variables go with the disks unless they lie on something else")
    func firmware() throws {
        for os in [
            "firmware='efi'", "<nvram>/x</nvram>",
            "<loader readonly='yes' type='pflash'>/usr/share/OVMF/OVMF_CODE.fd</loader>",
        ] { #expect(try bindings(os: os) == [], "\(os)") }
        #expect(
            try bindings(os: "<nvram type='block'><source dev='/dev/vg/vars'/></nvram>") == [
                "its UEFI variables (nvram) are a block of this node"
            ])
        #expect(
            try bindings(os: "<loader type='rom'>/srv/bios.bin</loader>") == [
                "its firmware /srv/bios.bin lies on this node"
            ])
        #expect(try bindings(os: "<bios useserial='no'/>") == [])
    }

    @Test("what is tuned to the host is found")
    func tuning() throws {
        #expect(
            try bindings(top: "<numatune><memory mode='strict' nodeset='1'/></numatune>").first?.contains("NUMA")
                == true)
        #expect(try bindings(top: "<launchSecurity type='sev'/>").first?.contains("launchSecurity") == true)
        let own =
            "<qemu:commandline><qemu:arg value='-fw_cfg'/><qemu:arg value='name=x,file=/srv/x'/></qemu:commandline>"
        #expect(try bindings(top: own).first?.contains("file=/srv/x") == true)
        #expect(try bindings(top: "<qemu:commandline><qemu:arg value='-no-hpet'/></qemu:commandline>") == [])
    }

    @Test("memory is read in every unit of libvirt, and pins and huge pages with it")
    func sizes() throws {
        for (text, kib) in [
            ("<memory unit='KiB'>65536</memory>", 65536), ("<memory>2048</memory>", 2048),
            ("<memory unit='MiB'>96</memory>", 98304), ("<memory unit='GB'>1</memory>", 976562),
            ("<memory unit='G'>2</memory>", 2_097_152), ("<memory unit='b'>4096</memory>", 4),
        ] {
            let domain = try #require(DomainDefinition(xml: "<domain><name>vm</name>\(text)</domain>"))
            #expect(domain.memory == kib, "\(text)")
        }
        let tuned = try #require(
            DomainDefinition(
                xml: """
                    <domain><name>vm</name><vcpu cpuset='0-3,^2'>2</vcpu><cputune><vcpupin vcpu='0' cpuset='6'/></cputune>\
                    <memoryBacking><hugepages/></memoryBacking></domain>
                    """))
        #expect(tuned.highestPin == 6)
        #expect(tuned.needsHugePages)
        #expect(DomainDefinition(xml: "<domain><name>vm</name><memory unit='x'>1</memory></domain>")?.memory == nil)
    }

    @Test("layers that a copy no longer has are taken out of the definition, nested ones and all")
    func layers() throws {
        let disk = """
            <disk type='file' device='disk'>
              <source file='/tmp/o.qcow2'/>
              <backingStore type='file'>
                <format type='qcow2'/>
                <source file='/tmp/b.qcow2'/>
                <backingStore/>
              </backingStore>
              <target dev='vda'/>
            </disk>
            """
        let other = disk.replacing("/tmp/o.qcow2", with: "/mnt/s/data.qcow2")
        let text = DomainDefinition.rewrite("\(disk)\n\(other)\n<end/>", ["/tmp/o.qcow2": "/mnt/s/o.qcow2"])
        #expect(
            text == """
                <disk type='file' device='disk'>
                  <source file='/mnt/s/o.qcow2'/>
                  <target dev='vda'/>
                </disk>
                \(other)
                <end/>
                """)
        let named = try #require(
            DomainDefinition(xml: "<domain><name>vm</name><devices>\(disk)</devices></domain>")?.assets.first)
        #expect(named.backing == ["/tmp/b.qcow2"])
    }
}
