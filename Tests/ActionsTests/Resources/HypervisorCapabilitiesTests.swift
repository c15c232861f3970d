import Steps
import Testing

@testable import Actions

@Suite("What a hypervisor can run")
struct HypervisorCapabilitiesTests {
    private func domain(type: String = "qemu", machine: String, emulator: String) throws -> DomainDefinition {
        try #require(
            DomainDefinition(
                xml: """
                    <domain type='\(type)'><name>vm</name><os><type arch='x86_64' machine='\(machine)'>hvm</type></os>\
                    <devices><emulator>\(emulator)</emulator></devices></domain>
                    """))
    }

    @Test("a Debian 12 host without KVM runs its own machine types in software, and nothing else")
    func real() throws {
        let capabilities = try #require(
            HypervisorCapabilities(xml: try fixture("libvirt/capabilities.d12.xml")))
        let x86 = "/usr/bin/qemu-system-x86_64"
        for machine in ["pc", "q35", "pc-i440fx-7.2", "pc-q35-2.9"] {
            #expect(capabilities.obstacle(to: try domain(machine: machine, emulator: x86)) == nil, "\(machine)")
        }
        let newer = try domain(machine: "pc-q35-9.0", emulator: x86)
        #expect(capabilities.obstacle(to: newer)?.contains("machine type pc-q35-9.0") == true)
        let accelerated = try domain(type: "kvm", machine: "pc", emulator: x86)
        #expect(capabilities.obstacle(to: accelerated)?.contains("offers no KVM") == true)
        let other = try domain(machine: "virt", emulator: "/usr/bin/qemu-system-aarch64")
        #expect(capabilities.obstacle(to: other)?.contains("is not installed here") == true)
    }

    @Test("what is no answer of virsh is not taken for one", arguments: ["", "<capabilities", "<domain/>", "error"])
    func garbage(_ text: String) { #expect(HypervisorCapabilities(xml: text) == nil) }
}
