import Steps
import Transport

/// What nodes tell of their memory and of the machines that may run on them.
///
/// The cluster's machines may run on every node: each of harun's definitions, and the inventory's machine where libvirt
/// still has it. A node's own are those that run now and those that libvirt starts at boot. Their files are read, and
/// libvirt is not asked: that would start it.
struct HostMemory {
    private let observations: [NodeName: Observation]
    /// By name; of differing definitions the largest.
    private let shared: [String: MemoryBudget.Machine]
    /// The inventory's machine.
    private let vm: String?

    init(_ observations: [NodeName: Observation], vm: String?) {
        self.observations = observations
        self.vm = vm
        shared = observations.values.reduce(into: [:]) { Self.read($1, "cluster.", into: &$0) }
    }

    /// Shell source that reports it; root's, changes nothing.
    ///
    /// - Parameter root: in front of each path, for tests.
    static func probe(vm: String?, root: String = "") -> String {
        let source = vm.map { "\(root)/etc/libvirt/qemu/\($0).xml".shellQuoted } ?? ""
        return """
            while read -r key value _; do
                case $key in MemTotal: | SwapTotal: | HugePages_Total: | Hugepagesize:) fact "mem.${key%:}" "$value";; esac
            done <\(root)/proc/meminfo
            [ ! -e \(root)/run/corosync.pid ] || fact corosync runs
            for file in \(root)/etc/harun/vm/*.xml; do [ ! -e "$file" ] || fact vm.defined yes; done
            # As pcsd's unit reads it: the last line counts.
            if [ -r \(root)/etc/default/pcsd ]; then
                while read -r line; do
                    case $line in PCSD_WORKER_COUNT=*) fact pcsd.workers "${line#*=}";; esac
                done <\(root)/etc/default/pcsd
            fi
            count=0
            # Passwords may be in it.
            machine() { count=$((count + 1)); \(DomainDefinition.printed(from: "\"$2\"")) | secret "$1.$count"; }
            for file in \(root)/etc/harun/vm/*.xml \(source); do
                [ ! -e "$file" ] || machine cluster "$file"
            done
            for file in \(root)/etc/libvirt/qemu/autostart/*.xml; do [ ! -e "$file" ] || machine own "$file"; done
            for file in \(root)/run/libvirt/qemu/*.xml; do
                [ ! -e "${file%.xml}.pid" ] || [ ! -e "$file" ] || machine own "$file"
            done
            """
    }

    /// Whether a node has the memory; nil where it does not tell what it has.
    func outcome(on node: NodeName) -> MemoryBudget.Outcome? {
        guard let observation = observations[node], let total = Self.number(observation, "MemTotal") else { return nil }
        var machines: [String: MemoryBudget.Machine] = [:]
        Self.read(observation, "own.", into: &machines)
        machines.merge(shared) { $1 }
        let pages = Self.number(observation, "HugePages_Total") ?? 0
        var budget = MemoryBudget(
            release: observation.facts["os"] ?? "", total: total, swap: Self.number(observation, "SwapTotal") ?? 0,
            huge: pages * (Self.number(observation, "Hugepagesize") ?? 0),
            machines: machines.values.sorted { $0.name < $1.name })
        // It may stand in quotes.
        let workers = observation.facts["pcsd.workers"].flatMap { Int($0.filter(\.isNumber)) } ?? 0
        if (1...1000).contains(workers) { budget.workers = workers }
        if let vm, shared[vm] == nil, case .fits = budget.outcome {
            return .tight("how much memory \(vm) needs is not known: no node has a definition of it")
        }
        // What is at work already must not be kept from being mended; Debian's own corosync of one node is no work.
        if case .tooMuch(let why) = budget.outcome, isAtWork(observation) {
            return .tight("memory is short: \(why)")
        }
        return budget.outcome
    }

    /// Whether the host carries the cluster, and its machine where the inventory has one.
    private func isAtWork(_ observation: Observation) -> Bool {
        observation.facts["corosync"] != nil && (vm == nil || observation.facts["vm.defined"] != nil)
    }

    private static func number(_ observation: Observation, _ key: String) -> Int? {
        observation.facts["mem.\(key)"].flatMap { Int($0) }
    }

    private static func read(
        _ observation: Observation, _ prefix: String, into machines: inout [String: MemoryBudget.Machine]
    ) {
        for (key, xml) in observation.secrets where key.hasPrefix(prefix) {
            guard let domain = DomainDefinition(xml: xml) else { continue }
            let machine = MemoryBudget.Machine(
                name: domain.name, memory: domain.memory, isEmulated: domain.type == "qemu",
                hasHugePages: domain.needsHugePages)
            machines.merge([domain.name: machine]) { ($0.memory ?? 0) < ($1.memory ?? 0) ? $1 : $0 }
        }
    }
}
