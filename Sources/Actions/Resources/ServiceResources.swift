package import Documents
package import Settings
import Steps

/// What the cluster keeps alive: the file system, the machine on it and the address in front.
///
/// Knows the names of their resources and how each is configured; the guide's own choices are
/// corrected here (every operation has its agent's timeout, monitors look at the disk, nothing
/// wanders back after a failure).
package struct ServiceResources: Sendable, Hashable {
    package static let storageID = "shared_storage"
    package static let addressID = "virtual_ip"
    /// Of each resource; the node whose resources have more in sum survives a split, see ``FencingDelays``.
    static let priority = "10"

    /// The machine's name in libvirt.
    package var machine: String?
    /// Where the LUN is mounted.
    package var mount: String
    package var filesystem: String
    package var address: FloatingAddress?
    /// The network interface of the address; nil lets each node choose the one that has its network.
    package var interface: String?
    /// How long the machine may take to start.
    package var startTimeout: Duration
    /// How long the machine may take to shut down before it is switched off.
    package var stopTimeout: Duration

    package init?(reading with: TableReader) {
        machine = with.machine("vm")
        let mount = with.mountPoint("mount")
        filesystem = with.word("filesystem", of: ["ext4", "xfs"]) ?? "ext4"
        interface = with.string("interface")
        startTimeout = with.duration("start_timeout") ?? .seconds(120)
        stopTimeout = with.duration("stop_timeout") ?? .seconds(300)
        address = with.floatingAddress("address")
        guard let mount else { return nil }
        self.mount = mount
    }

    /// The id of the machine's resource, nil without a machine.
    package var machineID: String? { machine.map(Self.machineID) }

    package static func machineID(_ name: String) -> String { "vm_\(name)" }

    /// Where every node keeps the machine's definition.
    package static func definition(_ name: String) -> String { "/etc/harun/vm/\(name).xml" }

    /// All ids: the storage, the machine on it, the address in front.
    package var ids: [String] {
        [Self.storageID, machineID, address.map { _ in Self.addressID }].compactMap { $0 }
    }

    /// The configuration that keeps all of it together.
    ///
    /// - Parameter device: the LUN's `/dev/disk/by-id/wwn-…`, the same on every node.
    package func fragment(device: String) -> CIBFragment {
        var fragment = CIBFragment(
            primitives: [storage(device: device)],
            properties: ["no-quorum-policy": "stop"],
            defaults: ["resource-stickiness": "200", "migration-threshold": "3", "failure-timeout": "1h"])
        if let machine, let id = machineID {
            fragment.primitives.append(virtualMachine(machine, id))
            fragment.constraints += Self.binding(id, to: Self.storageID)
        }
        if let address {
            fragment.primitives.append(floating(address))
            fragment.constraints +=
                machineID.map(Self.addressBeside) ?? Self.binding(Self.addressID, to: Self.storageID)
        }
        return fragment
    }

    /// Where the base runs, and after it; the ids name both, so that no resource can take another's over.
    private static func binding(_ id: String, to base: String) -> [CIBFragment.Constraint] {
        [
            .colocation(id: "harun-col-\(id)-\(base)", resource: id, with: base),
            .order(id: "harun-ord-\(base)-\(id)", first: base, then: id),
        ]
    }

    /// The address goes where the machine goes, and is there while it starts.
    ///
    /// A machine takes its time, and until the address has moved nobody on the network learns the new place. The machine
    /// still answers behind it while it shuts down. See `docs/decisions/0028-the-address-moves-beside-the-machine.md`.
    private static func addressBeside(_ machine: String) -> [CIBFragment.Constraint] {
        [
            .colocation(id: "harun-col-\(addressID)-\(machine)", resource: addressID, with: machine),
            .stops(id: "harun-ord-\(machine)-\(addressID)", first: machine, then: addressID),
        ]
    }

    /// What stops with a resource and starts again after it, itself included.
    func restarted(with id: String) -> [String] {
        switch id {
        case Self.storageID: machineID.map { [id, $0] } ?? ids
        default: [id]
        }
    }

    private func storage(device: String) -> CIBFragment.Primitive {
        let options = filesystem == "ext4" ? "noatime,errors=remount-ro" : "noatime"
        return .init(
            Self.storageID, agent: "ocf:heartbeat:Filesystem",
            attributes: [
                "device": device, "directory": mount, "fstype": filesystem, "options": options, "force_unmount": "safe",
            ],
            meta: ["priority": Self.priority],
            operations: [
                .init("start", timeout: "90s"), .init("stop", timeout: "120s"),
                // Depth 0 only looks into the mount table; 20 writes a file and so notices a lost disk.
                .init("monitor", interval: "20s", timeout: "40s", attributes: ["OCF_CHECK_LEVEL": "20"]),
            ])
    }

    private func virtualMachine(_ name: String, _ id: String) -> CIBFragment.Primitive {
        .init(
            id, agent: "ocf:heartbeat:VirtualDomain",
            attributes: [
                "config": Self.definition(name), "hypervisor": "qemu:///system",
                // The agent would otherwise write to the CIB by itself, which looks like drift.
                "autoset_utilization_cpu": "false", "autoset_utilization_hv_memory": "false",
                "autoset_utilization_host_memory": "false",
            ],
            // A file system for one writer cannot be open on two nodes, as a live migration needs it.
            meta: ["allow-migrate": "false", "priority": Self.priority],
            operations: [
                .init("start", timeout: "\(startTimeout.components.seconds)s"),
                .init("stop", timeout: "\(stopTimeout.components.seconds)s"),
                .init("monitor", interval: "30s", timeout: "60s"),
            ])
    }

    private func floating(_ address: FloatingAddress) -> CIBFragment.Primitive {
        var attributes = ["ip": address.ip.description, "cidr_netmask": String(address.prefix)]
        attributes["nic"] = interface
        return .init(
            Self.addressID, agent: "ocf:heartbeat:IPaddr2", attributes: attributes, meta: ["priority": Self.priority],
            operations: [
                .init("start", timeout: "20s"), .init("stop", timeout: "20s"),
                .init("monitor", interval: "10s", timeout: "20s"),
            ])
    }
}

extension TableReader {
    /// An absolute path that stands in `/proc/mounts` and in shell words as it is written.
    func mountPoint(_ key: String) -> String? {
        guard let path = requiredPath(key) else { return nil }
        if path.split(separator: "/").allSatisfy({ String($0).isResourceName }) { return path }
        fail("`\(key)` must be made of letters, digits, _, ., - and /", at: value(key)?.location ?? location)
        return nil
    }
}

extension String {
    /// Whether the name can stand in ids of XML, paths and shell words as it is.
    var isResourceName: Bool {
        !isEmpty && !hasPrefix("-") && !hasPrefix(".")
            && utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "-"), UInt8(ascii: "."):
                    true
                default: false
                }
            }
    }
}
