import Steps

/// Whether a node could run a machine: its networks, its emulator, its hypervisor, its processor, its memory.
///
/// Asked of every node before the machine is shut down for its move, and again before the cluster is given it.
struct DomainHost {
    let domain: DomainDefinition
    /// What the node that has run the machine so far told, nil where no node is known.
    var home: Observation?

    /// The first answer takes as long as starting every installed emulator once.
    static let patience = Duration.seconds(180)

    /// Shell source that reports what ``obstacle(_:_:)`` reads.
    static let script = """
        cd /sys/class/net && fact links "$(echo *)"
        while read -r key value _; do
            case $key in MemTotal: | HugePages_Total: | Hugepagesize:) fact "mem.${key%:}" "$value";; esac
        done </proc/meminfo
        for cpu in /sys/devices/system/cpu/cpu[0-9]*; do echo "${cpu##*cpu}"; done | sort -n | tail -n 1 | {
            read -r last && fact cpu.last "$last"; }
        virsh -q capabilities </dev/null | blob capabilities
        virsh -q 'nwfilter-list; domcapabilities --virttype kvm; domcapabilities --virttype qemu' </dev/null 2>/dev/null | blob models
        """

    /// What keeps the machine from being run on the node; nil where nothing does.
    func obstacle(_ observation: Observation, _ state: DomainProbe.State) -> Verdict? {
        let links = observation.words("links")
        let missing = domain.links.subtracting(links).sorted() + domain.networks.subtracting(state.networks).sorted()
        if let first = missing.first {
            return .refused("\(domain.name) needs the network \(first), which is not up here")
        }
        if let sleeper = domain.networks.subtracting(state.bootNetworks).sorted().first {
            return .refused(
                "\(domain.name) needs the network \(sleeper), which does not start with this host; "
                    + "type here: virsh net-autostart \(sleeper)")
        }
        if let filter = domain.filters.subtracting(Self.filters(observation)).sorted().first {
            return .refused("\(domain.name) needs libvirt's packet filter \(filter), which is not defined here")
        }
        guard let text = observation.facts["capabilities"], let capabilities = HypervisorCapabilities(xml: text) else {
            return .failed("libvirt does not tell what it can run here")
        }
        if let why = capabilities.obstacle(to: domain) { return .refused(why) }
        return (sizes(observation) ?? processor(observation)).map { .refused($0) }
    }

    private func sizes(_ observation: Observation) -> String? {
        func number(_ key: String) -> Int? { observation.facts[key].flatMap { Int($0) } }
        if let last = number("cpu.last"), let pin = domain.highestPin, pin > last {
            return "\(domain.name) is pinned to processor \(pin), and the last one here is \(last)"
        }
        guard let memory = domain.memory, let total = number("mem.MemTotal") else { return nil }
        if domain.needsHugePages {
            let huge = (number("mem.HugePages_Total") ?? 0) * (number("mem.Hugepagesize") ?? 0)
            if huge < memory {
                return "\(domain.name) needs \(memory / 1024) MiB of huge pages, and this host has \(huge / 1024) MiB"
            }
        }
        if memory + MemoryBudget.overhead > total {
            return "\(domain.name) has \(memory / 1024) MiB of memory, too much for this host's \(total / 1024) MiB"
        }
        return nil
    }

    private func processor(_ observation: Observation) -> String? {
        Self.cpu(observation)?.obstacle(to: domain, from: home.flatMap(Self.cpu))
    }

    /// `virsh nwfilter-list` puts each name behind its UUID.
    private static func filters(_ observation: Observation) -> Set<String> {
        let lines = (observation.facts["models"] ?? "").split(whereSeparator: \.isNewline)
        let pairs = lines.map { $0.split(separator: " ") }.filter { $0.count == 2 && $0[0].utf8.count == 36 }
        return Set(pairs.map { String($0[1]) })
    }

    private static func cpu(_ observation: Observation) -> HostCPU? {
        observation.facts["capabilities"].flatMap {
            HostCPU(capabilities: $0, models: observation.facts["models"] ?? "")
        }
    }
}
