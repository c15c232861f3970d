import Foundation
import Steps
import Testing
import Transport

@testable import Actions

@Suite("Where a machine's UEFI variables lie")
struct UEFIVariablesTests {
    /// What the node lists and what the definition says must be the same file, or the machine is not moved.
    @Test(
        "the probe finds the file that the definition has",
        arguments: [
            ("<os firmware='efi'>", "/var/lib/libvirt/qemu/nvram/vm_VARS.fd", false),
            (
                "<os>\n    <loader readonly='yes' type='pflash'>/usr/share/OVMF/OVMF_CODE_4M.fd</loader>",
                "/var/lib/libvirt/qemu/nvram/vm_VARS.fd", false
            ),
            (
                "<os firmware='efi'>\n    <nvram template='/usr/share/OVMF/OVMF_VARS_4M.ms.fd' templateFormat='raw' format='raw'>/srv/vm_VARS.fd</nvram>",
                "/srv/vm_VARS.fd", true
            ),
            ("<os>\n    <nvram type='file'>\n      <source file='/srv/v.fd'/>\n    </nvram>", "/srv/v.fd", true),
            (
                "<os firmware='efi'>\n    <nvram template='/usr/share/OVMF/OVMF_VARS_4M.ms.fd'/>",
                "/var/lib/libvirt/qemu/nvram/vm_VARS.fd", false
            ),
            ("<os firmware='bios'>", nil, false), ("<os>", nil, false),
            ("<os>\n    <loader type='rom'>/usr/share/seabios/bios.bin</loader>", nil, false),
            (
                "<os firmware='efi'>\n    <loader stateless='yes' type='pflash'>/usr/share/OVMF/OVMF.fd</loader>", nil,
                false
            ),
        ])
    func same(os: String, path: String?, isNamed: Bool) throws {
        let xml = """
            <domain type='qemu'>
              <name>vm</name>
              \(os)
                <type arch='x86_64' machine='pc-q35-7.2'>hvm</type>
              </os>
              <devices>
                <disk type='file'>
                  <source file='/srv/vm.qcow2'/>
                </disk>
              </devices>
            </domain>
            """
        let variables = UEFIVariables(of: try #require(LibvirtElement(parsing: xml)))
        #expect(variables?.path == path && (variables?.isNamed ?? false) == isNamed)
        let result = try Tool.withFolder {
            try Tool.shell("x=\(xml.shellQuoted)\n\(UEFIVariables.listed("vm"))", in: $0)
        }
        #expect(result.output == (path.map { "file nvram - \($0)\n" } ?? ""))
    }
}
