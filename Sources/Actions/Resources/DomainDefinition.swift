/// What harun must know of a machine's libvirt definition to keep it on two nodes.
package struct DomainDefinition: Sendable, Hashable {
    /// A file of the node that the machine needs.
    package struct Asset: Sendable, Hashable {
        package enum Kind: Sendable, Hashable {
            /// A disk with its format: `qcow2`, `raw`.
            case disk(format: String)
            /// A kernel, an initial ramdisk or a medium in a drive: read only.
            case file
        }

        package var path: String
        package var kind: Kind
    }

    package private(set) var name = ""
    /// How it is run: `kvm`, or `qemu` for emulation in software.
    package private(set) var type: String?
    /// The machine type, such as `pc-q35-7.2`.
    package private(set) var machine: String?
    package private(set) var assets: [Asset] = []
    package private(set) var emulator: String?
    /// Bridges and interfaces of the node that its network cards hang on.
    package private(set) var links: Set<String> = []
    /// libvirt's own networks that its network cards hang on.
    package private(set) var networks: Set<String> = []
    /// Why another node could not run it, one line for people each.
    package private(set) var bindings: [String] = []

    /// Reads `virsh dumpxml`; nil where it is no definition of a machine.
    package init?(xml: String) {
        guard let root = LibvirtElement(parsing: xml), root.name == "domain" else { return nil }
        type = root["type"]
        machine = root.child("os")?.child("type")?["machine"]
        name = root.child("name")?.text ?? ""
        guard !name.isEmpty else { return nil }
        for tag in ["kernel", "initrd", "dtb"] {
            if let path = root.child("os")?.child(tag)?.text, !path.isEmpty {
                assets.append(Asset(path: path, kind: .file))
            }
        }
        if root.child("os")?.child("nvram") != nil { bindings.append("its UEFI variables (nvram) lie on this node") }
        let devices = root.child("devices")?.children ?? []
        for device in devices { read(device) }
        let others = [
            "hostdev": "a device of this node is passed through to it", "tpm": "its TPM's state lies on this node",
            "filesystem": "it shares a folder of this node", "shmem": "it shares memory with this node",
        ]
        for (tag, reason) in others.sorted(by: { $0.key < $1.key }) where devices.contains(where: { $0.name == tag }) {
            bindings.append(reason)
        }
    }

    private mutating func read(_ device: LibvirtElement) {
        switch device.name {
        case "emulator": emulator = device.text
        case "disk": read(disk: device)
        case "interface":
            guard let source = device.child("source") else { return }
            if device["type"] == "network" { networks.formUnion([source["network"]].compactMap { $0 }) }
            if device["type"] == "bridge" { links.formUnion([source["bridge"]].compactMap { $0 }) }
            if device["type"] == "direct" { links.formUnion([source["dev"]].compactMap { $0 }) }
            if device["type"] == "hostdev" { bindings.append("a network card of this node is passed through to it") }
        default: break
        }
    }

    private mutating func read(disk: LibvirtElement) {
        let target = disk.child("target")?["dev"] ?? "?"
        guard let source = disk.child("source") else { return }
        if disk.child("encryption") != nil || source.child("encryption") != nil {
            bindings.append("disk \(target) is encrypted with a secret of this node")
        }
        switch disk["type"] {
        case "file":
            guard let path = source["file"] else { return }
            let isDisk = (disk["device"] ?? "disk") == "disk"
            assets.append(
                Asset(path: path, kind: isDisk ? .disk(format: disk.child("driver")?["type"] ?? "raw") : .file))
        // A disk on the network is the same one for every node.
        case "network": break
        default:
            bindings.append(
                "disk \(target) is a \(disk["type"] ?? "device") of this node: \(source["dev"] ?? source["pool"] ?? "?")"
            )
        }
    }

    /// The text with every path replaced where libvirt writes paths: `file='…'` and `<kernel>…</kernel>`.
    package static func rewrite(_ xml: String, _ paths: [String: String]) -> String {
        var result = xml
        for (old, new) in paths {
            let (old, new) = (escaped(old), escaped(new))
            result = result.replacing("file='\(old)'", with: "file='\(new)'")
            for tag in ["kernel", "initrd", "dtb"] {
                result = result.replacing("<\(tag)>\(old)</\(tag)>", with: "<\(tag)>\(new)</\(tag)>")
            }
        }
        return result
    }

    /// As libvirt escapes text and attributes.
    private static func escaped(_ text: String) -> String {
        text.replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing(">", with: "&gt;")
            .replacing("'", with: "&apos;").replacing("\"", with: "&quot;")
    }
}
