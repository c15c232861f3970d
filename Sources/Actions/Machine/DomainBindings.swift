/// What ties a machine to the host on which it is defined, beside the disks and networks that are looked for.
///
/// Each of these is found at the latest when the cluster starts the machine on another node; here it is found before
/// the machine is shut down.
enum DomainBindings {
    /// One line for people for each.
    static func reasons(_ root: LibvirtElement) -> [String] {
        let devices = root.child("devices")?.children ?? []
        return firmware(root) + tuning(root) + devices.compactMap(reason)
    }

    private static func firmware(_ root: LibvirtElement) -> [String] {
        guard let os = root.child("os") else { return [] }
        var reasons: [String] = []
        if let type = os.child("nvram")?["type"], type != "file" {
            reasons.append("its UEFI variables (nvram) are a \(type) of this node")
        }
        // Every node gets the package of these files.
        if let path = os.child("loader")?.text, !path.isEmpty, !path.hasPrefix("/usr/share/OVMF/"),
            path != "/usr/share/ovmf/OVMF.fd"
        {
            reasons.append("its firmware \(path) lies on this node")
        }
        if let table = os.child("acpi")?.child("table")?.text {
            reasons.append("its ACPI table \(table) lies on this node")
        }
        return reasons
    }

    private static func tuning(_ root: LibvirtElement) -> [String] {
        var reasons: [String] = []
        if root.child("numatune") != nil { reasons.append("its memory is bound to NUMA nodes of this host (numatune)") }
        if root.child("launchSecurity") != nil {
            reasons.append("its memory is encrypted by this host's processor (launchSecurity)")
        }
        let arguments = root.child("qemu:commandline")?.all("qemu:arg").compactMap { $0["value"] } ?? []
        if let path = arguments.first(where: { $0.contains("/") }) {
            reasons.append("it has arguments of its own for QEMU, and \(path) may name a file of this node")
        }
        return reasons
    }

    private static func reason(_ device: LibvirtElement) -> String? {
        switch device.name {
        case "hostdev": return "a device of this node is passed through to it"
        case "tpm": return "its TPM's state lies on this node"
        case "filesystem": return "it shares a folder of this node"
        case "shmem": return "it shares memory with this node"
        case "smartcard" where device["mode"] != "passthrough": return "it uses a smart card of this node"
        case "lease": return "it holds a lease of this node's lock manager"
        case "disk": return disk(device)
        case "interface": return interface(device)
        case "graphics": return graphics(device)
        case "serial", "parallel", "console", "channel", "redirdev": return character(device)
        case "input" where ["passthrough", "evdev"].contains(device["type"]):
            return "an input device of this node is passed through to it"
        case "memory" where device.child("source")?.child("path") != nil:
            return "its memory module lies on this node: \(device.child("source")?.child("path")?.text ?? "")"
        case "video"
        where device.child("driver")?["rendernode"] != nil
            || device.child("model")?.child("acceleration")?["rendernode"] != nil:
            return "its screen is drawn by a graphics card of this node"
        case "rng" where device.child("backend")?["model"] == "egd": return character(device.child("backend"))
        default: return nil
        }
    }

    private static func disk(_ disk: LibvirtElement) -> String? {
        let target = disk.child("target")?["dev"] ?? "?"
        guard let source = disk.child("source") else { return nil }
        if disk.child("encryption") != nil || source.child("encryption") != nil {
            return "disk \(target) is encrypted with a secret of this node"
        }
        if disk.child("auth") != nil || source.child("auth") != nil {
            return "disk \(target) needs a secret of this node"
        }
        if disk.child("shareable") != nil { return "disk \(target) is shared with other machines" }
        switch disk["type"] {
        // A disk on the network is the same one for every node.
        case "network": return nil
        case "file":
            let format = disk.child("driver")?["type"] ?? "raw"
            let isDisk = (disk["device"] ?? "disk") == "disk"
            if !isDisk || ["raw", "qcow2"].contains(format) { return nil }
            return "disk \(target) has the format \(format); convert it to qcow2 or raw first (qemu-img convert)"
        default:
            return
                "disk \(target) is a \(disk["type"] ?? "device") of this node: \(source["dev"] ?? source["pool"] ?? "?")"
        }
    }

    private static func interface(_ card: LibvirtElement) -> String? {
        switch card["type"] {
        case "hostdev", "vdpa": "a network card of this node is passed through to it"
        case "vhostuser", "ethernet": "its network card of type \(card["type"] ?? "") hangs on something of this node"
        default: nil
        }
    }

    private static func graphics(_ display: LibvirtElement) -> String? {
        if let node = display.child("gl")?["rendernode"] { return "its screen is drawn by \(node) of this node" }
        let listeners = display.all("listen")
        if let socket = display["socket"] ?? listeners.compactMap({ $0["socket"] }).first, !isLibvirts(socket) {
            return "its display listens at \(socket) of this node"
        }
        let addresses = ([display["listen"]] + listeners.filter { $0["type"] == "address" }.map { $0["address"] })
        for case let address? in addresses where !isEverywhere(address) {
            return "its display listens on \(address), an address of this node; let it listen on 127.0.0.1 or 0.0.0.0"
        }
        return nil
    }

    /// A serial port and the like.
    private static func character(_ device: LibvirtElement?) -> String? {
        guard let device, let source = device.child("source") else { return nil }
        switch device["type"] {
        case "dev", "pipe", "nmdm":
            return "its \(device.name) port is \(source["path"] ?? source["master"] ?? "a device") of this node"
        case "file", "unix":
            guard let path = source["path"], !isLibvirts(path) else { return nil }
            return "its \(device.name) port is \(path) of this node; one below /var/log/libvirt is there on every node"
        case "tcp", "udp":
            let bound = device.all("source").filter { $0["mode"] == "bind" }.compactMap { $0["host"] }
            return bound.first { !isEverywhere($0) }.map {
                "its \(device.name) port listens on \($0), an address of this node"
            }
        default: return nil
        }
    }

    /// Whether every host with libvirt has the folder.
    private static func isLibvirts(_ path: String) -> Bool {
        ["/var/log/libvirt/qemu/", "/var/lib/libvirt/qemu/", "/run/libvirt/qemu/"].contains { path.hasPrefix($0) }
            && !path.contains("/../")
    }

    private static func isEverywhere(_ address: String) -> Bool {
        ["127.0.0.1", "0.0.0.0", "::", "::1", "localhost", ""].contains(address)
    }
}
