/// Packages that a machine needs beside QEMU and libvirt, by words of its definition.
///
/// apt recommends all of them to everybody, with some hundred others. What a package holds was read in the packages of Debian 12
/// (QEMU 7.2) and 13 (QEMU 10.0), `/usr/lib/x86_64-linux-gnu/qemu/*.so`: 13 took SPICE and OpenGL out of `qemu-system-common`,
/// and a machine with a SPICE display does not start there without them.
enum DomainPackages {
    private struct Rule: Sendable {
        var choices: [PackageChoice]
        var isNeeded: @Sendable (LibvirtElement) -> Bool

        init(_ packages: String..., when isNeeded: @escaping @Sendable (LibvirtElement) -> Bool) {
            choices = packages.compactMap(PackageChoice.init)
            self.isNeeded = isNeeded
        }
    }

    /// The functions get the whole definition.
    private static let rules = [
        // Display, its card, its sound, and what is carried through it: the agent's channel, USB devices, smart cards.
        Rule("qemu-system-modules-spice|qemu-system-common") { domain in
            devices(domain) { $0["type"]?.hasPrefix("spice") == true }
                || devices(domain, "video") { $0.child("model")?["type"] == "qxl" }
        },
        Rule("qemu-system-modules-opengl|qemu-system-gui") { domain in
            devices(domain, "graphics") { $0["type"] == "egl-headless" || $0.child("gl")?["enable"] == "yes" }
                || devices(domain, "video") { $0.child("model")?.child("acceleration")?["accel3d"] == "yes" }
        },
        Rule("qemu-system-gui") { domain in
            devices(domain, "graphics") { $0["type"] == "sdl" }
                || devices(domain, "audio") { ["jack", "pipewire", "pulseaudio", "sdl"].contains($0["type"]) }
        },
        Rule("ovmf") { domain in
            let system = domain.child("os")
            return system?["firmware"] == "efi" || system?.child("loader")?.text.contains("OVMF") == true
        },
        Rule("swtpm", "swtpm-tools") { domain in
            devices(domain, "tpm") { $0.child("backend")?["type"] == "emulator" }
        },
        // libvirt starts one dnsmasq for each of its networks, also where that only gives out addresses.
        Rule("dnsmasq-base") { domain in devices(domain, "interface") { $0["type"] == "network" } },
        Rule("passt") { domain in
            devices(domain, "interface") { $0["type"] == "user" && $0.child("backend")?["type"] == "passt" }
        },
        Rule("virtiofsd|qemu-system-common") { domain in
            devices(domain, "filesystem") { $0.child("driver")?["type"] == "virtiofs" }
        },
        Rule("qemu-block-extra") { domain in devices(domain, "disk") { $0["type"] == "network" } },
    ]

    /// Everything that a machine may ask for.
    static let all = rules.flatMap(\.choices)

    /// What these definitions ask for, each once; nothing for what is no definition.
    static func needed(by definitions: [String]) -> [PackageChoice] {
        let domains = definitions.compactMap { LibvirtElement(parsing: $0) }.filter { $0.name == "domain" }
        return rules.filter { rule in domains.contains(where: rule.isNeeded) }.flatMap(\.choices)
    }

    private static func devices(
        _ domain: LibvirtElement, _ name: String? = nil, _ matches: (LibvirtElement) -> Bool
    ) -> Bool {
        domain.child("devices")?.children.contains { (name == nil || $0.name == name) && matches($0) } == true
    }
}
