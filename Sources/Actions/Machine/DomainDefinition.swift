import Steps

/// What harun must know of a machine's libvirt definition to keep it on two nodes.
package struct DomainDefinition: Sendable, Hashable {
    /// A file of the node that the machine needs.
    package struct Asset: Sendable, Hashable {
        package enum Kind: Sendable, Hashable {
            /// A disk with its format: `qcow2`, `raw`.
            case disk(format: String)
            /// What its UEFI firmware keeps from start to start, boot entries and keys: written as a disk is, though none.
            case variables(format: String)
            /// A kernel, an initial ramdisk or a medium in a drive: read only.
            case file
        }

        package var path: String
        package var kind: Kind
        /// The files below it that the definition itself names, nearest first; nil where it leaves that to the image.
        package var backing: [String]?
    }

    /// The processor that the machine sees.
    package struct CPU: Sendable, Hashable {
        /// `custom`, `host-model`, `host-passthrough` or `maximum`.
        var mode: String
        var model: String?
        /// What it must have beside its model.
        var features: Set<String>
        /// `none` lets it start with less than it asks for.
        var check: String?
    }

    package private(set) var name = ""
    /// How it is run: `kvm`, or `qemu` for emulation in software.
    package private(set) var type: String?
    /// The machine type, such as `pc-q35-7.2`.
    package private(set) var machine: String?
    package private(set) var assets: [Asset] = []
    package private(set) var emulator: String?
    package private(set) var cpu: CPU?
    /// Its memory in KiB, nil where the definition has no unit that is known.
    package private(set) var memory: Int?
    package private(set) var needsHugePages = false
    /// The highest number of a host's processor that it is pinned to.
    package private(set) var highestPin: Int?
    /// Bridges and interfaces of the node that its network cards hang on.
    package private(set) var links: Set<String> = []
    /// libvirt's own networks that its network cards and displays hang on.
    package private(set) var networks: Set<String> = []
    /// libvirt's packet filters that its network cards go through.
    package private(set) var filters: Set<String> = []
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
        if let variables = UEFIVariables(of: root) {
            assets.append(Asset(path: variables.path, kind: .variables(format: variables.format)))
        }
        memory = root.child("memory").flatMap(Self.kibibytes)
        needsHugePages = root.child("memoryBacking")?.child("hugepages") != nil
        highestPin = Self.highestPin(root)
        cpu = root.child("cpu").flatMap(Self.cpu)
        for device in root.child("devices")?.children ?? [] { read(device) }
        bindings = DomainBindings.reasons(root)
        for asset in assets where asset.path.contains(where: { $0.isNewline || $0 == "\t" }) {
            bindings.append("the name of one of its files holds a tab or a line break")
        }
    }

    private mutating func read(_ device: LibvirtElement) {
        switch device.name {
        case "emulator": emulator = device.text
        case "disk": read(disk: device)
        case "graphics":
            networks.formUnion(device.all("listen").filter { $0["type"] == "network" }.compactMap { $0["network"] })
        case "interface":
            filters.formUnion(device.all("filterref").compactMap { $0["filter"] })
            guard let source = device.child("source") else { return }
            if device["type"] == "network" { networks.formUnion([source["network"]].compactMap { $0 }) }
            if device["type"] == "bridge" { links.formUnion([source["bridge"]].compactMap { $0 }) }
            if device["type"] == "direct" { links.formUnion([source["dev"]].compactMap { $0 }) }
        default: break
        }
    }

    private mutating func read(disk: LibvirtElement) {
        guard disk["type"] == "file", let path = disk.child("source")?["file"] else { return }
        let isDisk = (disk["device"] ?? "disk") == "disk"
        var backing: [String]?
        if var layer = disk.child("backingStore") {
            var files: [String] = []
            while layer["type"] != nil {
                files.append(layer.child("source")?["file"] ?? "(a \(layer["type"] ?? "") source)")
                guard let next = layer.child("backingStore") else { break }
                layer = next
            }
            backing = files
        }
        assets.append(
            Asset(
                path: path, kind: isDisk ? .disk(format: disk.child("driver")?["type"] ?? "raw") : .file,
                backing: backing))
    }

    private static func cpu(_ element: LibvirtElement) -> CPU? {
        let model = element.child("model")?.text
        guard let mode = element["mode"] ?? (model == nil ? nil : "custom") else { return nil }
        let features = element.all("feature").filter { ["require", "force"].contains($0["policy"] ?? "require") }
        return CPU(
            mode: mode, model: model, features: Set(features.compactMap { $0["name"] }), check: element["check"])
    }

    /// libvirt's units: those with `i` and single letters count in 1024, `KB` in 1000; none is KiB.
    private static func kibibytes(_ element: LibvirtElement) -> Int? {
        let units: [String: (Int, Int)] = [
            "b": (1, 1024), "bytes": (1, 1024), "kb": (1000, 1024), "k": (1, 1), "kib": (1, 1),
            "mb": (1_000_000, 1024), "m": (1024, 1), "mib": (1024, 1), "gb": (1_000_000_000, 1024),
            "g": (1 << 20, 1), "gib": (1 << 20, 1), "t": (1 << 30, 1), "tib": (1 << 30, 1),
        ]
        guard let amount = Int(element.text), let unit = units[(element["unit"] ?? "KiB").lowercased()] else {
            return nil
        }
        let (product, isTooMuch) = amount.multipliedReportingOverflow(by: unit.0)
        return isTooMuch ? nil : product / unit.1
    }

    private static func highestPin(_ root: LibvirtElement) -> Int? {
        let tune = root.child("cputune")
        let pins = ["vcpupin", "emulatorpin", "iothreadpin"].flatMap { tune?.all($0) ?? [] }
        let sets = ([root.child("vcpu")?["cpuset"]] + pins.map { $0["cpuset"] }).compactMap { $0 }
        return sets.flatMap { $0.split { !$0.isNumber } }.compactMap { Int($0) }.max()
    }
}

extension DomainDefinition {
    /// Shell source that prints the definition in a file of libvirt's: of a running machine it stands in other XML.
    ///
    /// - Parameter file: a word of the shell.
    static func printed(from file: String) -> String { "sed -n '/<domain[ >]/,/<\\/domain>/p' \(file)" }
}
