import Transport

/// Whether a host has the memory for the machines that may run on it, beside the cluster and the system.
///
/// All figures are in KiB.
struct MemoryBudget: Hashable {
    /// A virtual machine as its definition has it.
    struct Machine: Hashable {
        var name: String
        /// Nil where the definition's unit is not known.
        var memory: Int?
        /// Without a processor that helps, QEMU keeps what it translated.
        var isEmulated = false
        /// Its memory is set aside at boot, in pages of its own.
        var hasHugePages = false
    }

    enum Outcome: Hashable {
        case fits
        /// It works, and something that is not planned for may not; in words.
        case tight(String)
        /// The kernel would have to kill something; in words, with what to do.
        case tooMuch(String)
    }

    /// As os-release writes it.
    var release: String
    var total: Int
    var swap: Int
    /// What is set aside in huge pages, a part of the total.
    var huge: Int
    var machines: [Machine]
    /// How many idle workers pcsd keeps; ten where nobody says otherwise, in all four releases.
    var workers = 10

    private static let mebi = 1024

    /// What runs beside the machines, in MiB: corosync with its locked memory, Pacemaker, sbd, libvirt, pcsd and the
    /// system itself; and what each idle worker of pcsd takes.
    ///
    /// corosync, Pacemaker and pcsd of Debian 12 and 13 are measured, the rest is estimated; ADR 26 has each figure.
    private static let stacks = [
        "debian 12": (plain: 440, worker: 7), "debian 13": (plain: 470, worker: 42),
        "ubuntu 22.04": (plain: 440, worker: 7), "ubuntu 24.04": (plain: 480, worker: 7),
    ]

    /// What apt, dpkg and the compiling of Python's modules take at most beside all that, while packages are installed.
    private static let installing = 120 * mebi

    /// QEMU's own need beside a machine's memory, the same as ``DomainHost`` counts.
    static let overhead = 128 * mebi

    /// QEMU's buffer for translated code: an eighth of the host's memory, at most 1 GiB (`tcg/region.c`).
    private var translation: Int { min(total / 8, 1 << 20) }

    /// A release that is not in the table is taken for the largest.
    private var sizes: (plain: Int, worker: Int) { Self.stacks[release] ?? (480, 42) }

    private var stack: Int { (sizes.plain + workers * sizes.worker) * Self.mebi }

    private func need(_ machine: Machine) -> Int {
        (machine.hasHugePages ? 0 : machine.memory ?? 0) + Self.overhead + (machine.isEmulated ? translation : 0)
    }

    var outcome: Outcome {
        let need = machines.map(need).reduce(0, +) + stack
        let plain = max(0, total - huge)
        if need > plain + swap {
            return .tooMuch("\(sum(need)), and it has \(host(plain)); \(advice(need - plain - swap))")
        }
        let unknown = machines.filter { $0.memory == nil }.map(\.name)
        if !unknown.isEmpty {
            return .tight("how much memory \(unknown.joined(separator: " and ")) has cannot be read")
        }
        if need + Self.installing > plain {
            let rest = Self.text(Self.installing)
            return .tight(
                "memory is tight: \(sum(need)), installing packages up to \(rest) more, and it has \(host(plain))")
        }
        return .fits
    }

    private func sum(_ need: Int) -> String {
        let parts =
            machines.map { "\($0.name) \(Self.text(self.need($0)))" } + ["cluster and system \(Self.text(stack))"]
        return "\(parts.joined(separator: ", "))" + (machines.isEmpty ? "" : " make \(Self.text(need))")
    }

    private func host(_ plain: Int) -> String {
        "\(Self.text(plain)) of memory" + (huge > 0 ? " beside huge pages" : "")
            + (swap > 0 ? " and \(Self.text(swap)) of swap" : "")
    }

    /// The largest machine is the one whose size can make the difference.
    private func advice(_ excess: Int) -> String {
        let wanted = "give this host \(Self.text(excess, up: true)) more"
        let spared = (workers - 1) * sizes.worker * Self.mebi
        if spared >= excess {
            return "\(wanted), or let pcsd keep one idle worker in place of \(workers); type on it: "
                + "echo PCSD_WORKER_COUNT=1 >>/etc/default/pcsd; systemctl try-restart pcsd"
        }
        let sized = machines.filter { !$0.hasHugePages && $0.memory != nil }
        guard let largest = sized.max(by: { ($0.memory ?? 0) < ($1.memory ?? 0) }), let memory = largest.memory,
            memory - excess >= Self.mebi
        else { return wanted }
        let rest = (memory - excess) / Self.mebi
        return "\(wanted), or \(largest.name) at most \(rest) MiB; type where libvirt defines it: "
            + "virsh setmaxmem \(largest.name.shellQuoted) \(rest)M --config"
    }

    private static func text(_ kibibytes: Int, up: Bool = false) -> String {
        "\((kibibytes + (up ? mebi - 1 : 0)) / mebi) MiB"
    }
}
