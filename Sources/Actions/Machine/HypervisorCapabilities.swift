/// What a node's hypervisor can run, as `virsh capabilities` tells.
///
/// libvirt finds it out by starting every emulator once, and keeps the answer on disk. Asking before the cluster
/// takes over moves that time out of the first failover.
struct HypervisorCapabilities: Sendable, Hashable {
    /// What one emulator offers.
    private struct Offer: Sendable, Hashable {
        var machines: Set<String> = []
        var types: Set<String> = []
    }

    /// By the emulator's path; one may serve several architectures.
    private var offers: [String: Offer] = [:]

    /// Reads the XML; nil where it is no such answer.
    init?(xml: String) {
        guard let root = LibvirtElement(parsing: xml), root.name == "capabilities" else { return nil }
        for arch in root.all("guest").flatMap({ $0.all("arch") }) {
            let shared = arch.child("emulator")?.text
            let machines = arch.all("machine")
            for domain in arch.all("domain") {
                guard let type = domain["type"], let emulator = domain.child("emulator")?.text ?? shared else {
                    continue
                }
                offers[emulator, default: Offer()].types.insert(type)
                for machine in machines + domain.all("machine") {
                    offers[emulator]?.machines.formUnion([machine.text, machine["canonical"]].compactMap { $0 })
                }
            }
        }
    }

    /// Why a machine of this definition could not be started here; nil where it could.
    func obstacle(to domain: DomainDefinition) -> String? {
        guard let emulator = domain.emulator else { return nil }
        guard let offer = offers[emulator] else {
            return "\(emulator), which runs \(domain.name), is not installed here"
        }
        if let type = domain.type, !offer.types.contains(type) {
            let why = type == "kvm" ? "this host offers no KVM" : "\(emulator) does not offer it here"
            return "\(domain.name) is defined for \(type), and \(why)"
        }
        if let machine = domain.machine, !offer.machines.contains(machine) {
            return "\(emulator) does not offer the machine type \(machine) of \(domain.name) here"
        }
        return nil
    }
}
