import Steps
import Testing

@testable import Actions

@Suite("Whether a node could run a machine")
struct DomainHostTests {
    private func capabilities(_ model: String, _ features: [String], vendor: String = "Intel") -> String {
        let list = features.map { "<feature name='\($0)'/>" }.joined()
        return Example.capabilities(type: "kvm").replacing(
            "<capabilities>",
            with:
                "<capabilities><host><cpu><arch>x86_64</arch><model>\(model)</model><vendor>\(vendor)</vendor>\(list)</cpu></host>"
        )
    }

    private let models = """
         6db14d76-c436-4589-8120-4da8883ca3c8   clean-traffic
        <domainCapabilities><domain>kvm</domain><cpu><mode name='custom' supported='yes'><model usable='yes'>Haswell</model>\
        <model usable='no'>Skylake</model></mode></cpu></domainCapabilities>
        <domainCapabilities><domain>qemu</domain><cpu><mode name='custom'><model usable='yes'>Skylake</model></mode></cpu></domainCapabilities>
        """

    private func node(_ facts: [String: String] = [:], cpu: String? = nil) -> Observation {
        found(
            [
                "domains": Example.lists(["networks": ["default"]]), "links": "lo br0", "models": models,
                "capabilities": cpu ?? capabilities("Haswell", ["vmx", "aes"]), "mem.MemTotal": "1000000",
                "mem.HugePages_Total": "10", "mem.Hugepagesize": "2048", "cpu.last": "3",
            ].merging(facts) { $1 })
    }

    private func why(_ inside: String, _ here: Observation, home: Observation? = nil, devices: String = "") throws
        -> String?
    {
        let xml = """
            <domain type='kvm'><name>vm</name>\(inside)<os><type machine='pc-i440fx-7.2'>hvm</type></os>\
            <devices><emulator>/usr/bin/qemu-system-x86_64</emulator>\(devices)</devices></domain>
            """
        let state = try #require(DomainProbe.State(here, "vm"))
        return DomainHost(domain: try #require(DomainDefinition(xml: xml)), home: home).obstacle(here, state)?.reason
    }

    @Test("memory, huge pages and pinned processors that the host does not have are found")
    func sizes() throws {
        #expect(try why("<memory unit='MiB'>512</memory>", node()) == nil)
        #expect(
            try why("<memory unit='MiB'>900</memory>", node())?.contains("too much for this host's 976 MiB") == true)
        let huge = "<memory unit='MiB'>64</memory><memoryBacking><hugepages/></memoryBacking>"
        #expect(try why(huge, node())?.contains("this host has 20 MiB") == true)
        #expect(try why("<vcpu cpuset='2-5'>2</vcpu>", node())?.contains("pinned to processor 5") == true)
    }

    @Test("a network that does not start with the host, and a packet filter that is not there, are found")
    func networks() throws {
        let card = "<interface type='network'><source network='default'/></interface>"
        #expect(try why("", node(), devices: card) == nil)
        let asleep = node(["domains": Example.lists(["networks": ["default"], "bootnetworks": []])])
        #expect(try why("", asleep, devices: card)?.contains("virsh net-autostart default") == true)
        let filtered = "<interface type='user'><filterref filter='clean-traffic'/></interface>"
        #expect(try why("", node(), devices: filtered) == nil)
        #expect(try why("", node(["models": ""]), devices: filtered)?.contains("packet filter clean-traffic") == true)
    }

    @Test("a processor that the definition asks for, or that the machine has had, is found to be missing")
    func processors() throws {
        let home = node(cpu: capabilities("Skylake", ["vmx", "aes", "avx2"]))
        for mode in ["host-passthrough", "host-model", "maximum"] {
            let other = try why("<cpu mode='\(mode)'/>", node(), home: home)
            #expect(
                other?.contains("Intel Haswell, not Intel Skylake, without avx2") == true,
                "\(String(describing: other))")
            #expect(try why("<cpu mode='\(mode)'/>", home, home: home) == nil)
            // More than at home is no loss.
            let richer = node(cpu: capabilities("Skylake", ["vmx", "aes", "avx2", "sha-ni"]))
            #expect(try why("<cpu mode='\(mode)'/>", richer, home: home) == nil)
            #expect(try why("<cpu mode='\(mode)'/>", node()) == nil, "nobody knows where it ran")
        }
        let named = "<cpu mode='custom' match='exact'><model>Skylake</model></cpu>"
        #expect(try why(named, node(), home: home)?.contains("model Skylake, which this host cannot give it") == true)
        #expect(try why(named.replacing("Skylake", with: "Haswell"), node(), home: home) == nil)
        #expect(try why(named.replacing("custom'", with: "custom' check='none'"), node(), home: home) == nil)
        let asking = "<cpu mode='custom'><model>Haswell</model><feature policy='require' name='avx2'/></cpu>"
        #expect(try why(asking, node(), home: home)?.contains("avx2, which is not known") == true)
        #expect(try why("<cpu><topology sockets='1' cores='2' threads='1'/></cpu>", node(), home: home) == nil)
    }
}
