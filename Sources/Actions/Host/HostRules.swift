import Settings
import Steps
import Transport

/// The rules of ``HostCheck``: what must hold for a node alone, and what must hold between nodes.
struct HostRules {
    private let cluster: String?
    private let peers: [Peer]
    private let facts: [NodeName: [String: String]]
    /// By how much each node's clock is ahead of the operator's, at least and at most.
    private let offsets: [NodeName: ClosedRange<Double>]

    /// The releases whose tools' output is known, as os-release writes them; others are taken by what they can.
    private static let known: Set = ["debian 12", "debian 13", "ubuntu 22.04", "ubuntu 24.04"]
    /// What long commands need of systemd is there from then on, and no release that has it brings an older Pacemaker than 2.1.
    private static let leastSystemd = 249
    /// In seconds; only a skew that no delay of the probes can explain counts.
    private static let mostSkew = 5.0
    private static let leastFree = 1 << 20

    init(cluster: String?, peers: [Peer], _ observations: [NodeName: Observation]) {
        self.cluster = cluster
        self.peers = peers
        facts = observations.filter { $0.value.code == ScriptPrelude.satisfied }.mapValues(\.facts)
        offsets = observations.compactMapValues { observation in
            guard let clock = observation.facts["clock"].flatMap(Double.init) else { return nil }
            guard let asked = observation.asked else { return clock...clock }
            return (clock - asked.upperBound)...(clock - asked.lowerBound)
        }
    }

    /// Everything that is wrong with a node, each with what to do about it.
    func problems(of peer: Peer) -> [String] {
        guard let own = facts[peer.name] else { return [] }
        return system(own) + identity(peer, own) + likeOthers(peer, own) + network(peer, own) + state(own)
    }

    /// What to know of a node's system although nothing stands in the way; nil where it is known.
    static func remark(_ own: [String: String]) -> String? {
        guard let os = own["os"], !known.contains(os) else { return nil }
        return "harun was never tried on \(name(own)): let the first cluster on it be one without data"
    }

    private static func name(_ own: [String: String]) -> String {
        own["os.name"].flatMap { $0.isEmpty ? nil : $0 } ?? "an unknown system"
    }

    private func system(_ own: [String: String]) -> [String] {
        var problems: [String] = []
        if own["apt"] == nil {
            problems.append(
                "it runs \(Self.name(own)), which has no apt; harun needs Debian, Ubuntu, or what is built on them")
        } else if own["init"] == "systemd", Int(own["systemd"] ?? "") ?? 0 < Self.leastSystemd {
            let version = own["systemd"].flatMap { $0.isEmpty ? nil : $0 } ?? "of an unknown version"
            problems.append(
                "it runs \(Self.name(own)), whose systemd is \(version); harun needs \(Self.leastSystemd), as in Debian 12 "
                    + "and Ubuntu 22.04")
        }
        if own["uid"] != "0" {
            problems.append("commands do not run as root there; log in as root, or allow sudo without a password")
        }
        if own["init"] != "systemd" { problems.append("its process 1 is \(own["init"] ?? "unknown"), not systemd") }
        return problems
    }

    private func identity(_ peer: Peer, _ own: [String: String]) -> [String] {
        var problems: [String] = []
        let hostname = own["hostname"] ?? ""
        let short = hostname.split(separator: ".").first.map(String.init) ?? hostname
        if short != peer.name.text {
            problems.append(
                "its hostname is \(short), and the cluster would know it by that name; type on it: hostnamectl "
                    + "set-hostname \(peer.name), or name the node \(short) in the inventory")
        }
        let machine = own["machine-id"] ?? ""
        if machine.isEmpty || machine == "uninitialized" {
            problems.append("it has no /etc/machine-id; type on it: systemd-machine-id-setup")
        } else if let twin = peers.first(where: { $0.name < peer.name && facts[$0.name]?["machine-id"] == machine }) {
            problems.append(
                "it has the same /etc/machine-id as \(twin.name), as cloned machines do; type on it: "
                    + "rm -f /etc/machine-id /var/lib/dbus/machine-id; systemd-machine-id-setup; reboot")
        }
        return problems
    }

    /// A cluster takes only nodes of one release, and that cannot be forced.
    private func likeOthers(_ peer: Peer, _ own: [String: String]) -> [String] {
        guard let first = peers.first(where: { facts[$0.name] != nil }), first.name != peer.name,
            let reference = facts[first.name]
        else { return [] }
        var problems: [String] = []
        if own["os"] != reference["os"] {
            problems.append(
                "it runs \(own["os"] ?? "?") and \(first.name) runs \(reference["os"] ?? "?"); all nodes of a cluster "
                    + "need the same release")
        }
        if own["arch"] != reference["arch"] {
            problems.append(
                "its architecture is \(own["arch"] ?? "?") and that of \(first.name) is \(reference["arch"] ?? "?")")
        }
        if let mine = offsets[peer.name], let theirs = offsets[first.name] {
            let behind = theirs.lowerBound - mine.upperBound
            let skew = max(behind, mine.lowerBound - theirs.upperBound)
            if skew > Self.mostSkew {
                problems.append(
                    "its clock is \(Int(skew.rounded())) s \(behind > 0 ? "behind" : "ahead of") that of \(first.name); "
                        + "set up time synchronisation on both, for example: apt-get install chrony")
            }
        }
        return problems
    }

    private func network(_ peer: Peer, _ own: [String: String]) -> [String] {
        var problems: [String] = []
        let configured = Set((own["addresses"] ?? "").split(separator: " ").compactMap { IPAddress(String($0)) })
        for link in peer.links {
            guard let address = IPAddress(link) else {
                problems.append(
                    "\(link) is a name, and names may lead a node to itself; give `links` as IP addresses")
                continue
            }
            if !configured.contains(address) {
                problems.append(
                    "the inventory says that it has the address \(link), but it has \(own["addresses"] ?? "none")")
            }
        }
        for other in peers where other.name != peer.name {
            for link in other.links where own["ping.\(link)"] == "no" {
                problems.append(
                    "it cannot reach \(other.name) at \(link): neither ping, nor a connection to port 2224 or 22, nor a "
                        + "neighbour of that address; look at cables, routes and firewalls, beginning with: ip route get \(link)"
                )
            }
        }
        return problems
    }

    private func state(_ own: [String: String]) -> [String] {
        var problems: [String] = []
        for folder in ["/", "/var"] {
            // df names the mount point, which is / for /var on most hosts.
            if let free = own["free.\(folder)"].flatMap(Int.init), free < Self.leastFree {
                problems.append("\(folder) has only \(free / 1024) MiB left, and at least 1024 are needed")
            }
        }
        if own["dpkg"] == "broken" {
            problems.append("some packages are only half installed; type on it: dpkg --configure -a")
        }
        if let found = own["cluster"] { problems += foreign(cluster: found, rings: own["rings"] ?? "") }
        return problems
    }

    /// Debian starts a cluster of one node, named debian, on 127.0.0.1 as soon as corosync is installed.
    private func foreign(cluster found: String, rings: String) -> [String] {
        if found == "debian", rings == "127.0.0.1" || rings.isEmpty { return [] }
        // The name alone may be anybody's; with an address of these nodes in it, it is this one.
        let links = peers.flatMap(\.links).map { IPAddress($0) }
        let taken = rings.split(separator: " ").map { IPAddress(String($0)) }
        let isOurs = links.contains { $0 == nil || taken.contains($0) } || taken.contains(nil)
        if let cluster, found == cluster, isOurs { return [] }
        return [
            "it belongs to the cluster \(found.isEmpty ? "(without a name)" : found) already, with \(rings); harun does "
                + "not touch a cluster that it did not build. If that one is not needed any more, type on it: "
                + "pcs cluster destroy"
        ]
    }
}
