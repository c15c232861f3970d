import Documents
import Steps
import Transport

/// Decides about SBD's header from what every node sees; everything in doubt is a refusal.
///
/// Verdict and script come from one decision: so nothing is written where a verdict says otherwise, and no verdict
/// promises what no script will do.
struct SBDHeaderRules {
    /// What is to be done with the disk, all nodes taken together.
    enum Decision: Sendable, Hashable {
        case done
        /// It shows nothing to any node: all of it is read, and then it gets a header.
        case create(id: String, size: Int)
        /// The header with this UUID can be nobody else's, and gets the cluster's mark.
        case mark(id: String, header: String)
        case no([NodeName: Verdict])
    }

    /// The largest disk that is read to prove it empty; sbd uses less than 1 MiB of it.
    static let readLimit = ByteCount(bytes: 16 << 30)

    private let lun: LUNReference
    private let timeouts: SBDTimeouts
    private let peers: [Peer]
    private let observations: [NodeName: Observation]

    init(
        _ lun: LUNReference, timeouts: SBDTimeouts, on peers: [Peer], _ observations: [NodeName: Observation]
    ) {
        self.lun = lun
        self.timeouts = timeouts
        self.peers = peers
        self.observations = observations
    }

    var proof: LUNProof { LUNProof(lun, on: peers.names, observations) }

    /// What the step says of each node.
    var verdicts: [NodeName: Verdict] {
        switch decision {
        case .done: peers.all(.satisfied)
        case .create(_, let size):
            peers.all(
                .needed(
                    "\(lun.title) shows nothing; \(peers[0].name) reads all \(ByteCount(bytes: size)) of it before the "
                        + "header is written"))
        case .mark: peers.all(.needed("the SBD header does not carry this cluster's mark yet"))
        case .no(let verdicts): verdicts
        }
    }

    /// The decision; the first thing that speaks against the disk ends it.
    var decision: Decision {
        if peers.isEmpty { return .no([:]) }
        if let obstacles = observations.obstacles(among: peers) { return .no(obstacles) }
        for (key, what) in [("wwid", "WWID"), ("size", "size")] {
            let values = Set(peers.map { fact(key, $0.name) })
            if values.count > 1 || values.contains("") {
                return refuse("the nodes do not see the same disk: its \(what) is \(values.sorted().listed)")
            }
        }
        let dumps = peers.names.filter { observations[$0]?.facts["dump"] != nil }
        if dumps.isEmpty { return withoutHeader }
        let headers = peers.names.compactMap { name in
            observations[name]?.facts["dump"].flatMap { SBDHeader(dump: $0, list: fact("list", name)) }
        }
        guard headers.count == peers.count, let header = headers.first, headers.allSatisfy({ $0.uuid == header.uuid })
        else { return refuse("the nodes do not see the same SBD header on \(lun.title)") }
        return decide(about: headers)
    }

    // MARK: - A disk without a header

    private var withoutHeader: Decision {
        var troubles: [NodeName: Verdict] = [:]
        for node in peers.names where fact("blank", node) != "yes" {
            let trouble = observations[node]?.facts["trouble"] ?? "it is not proven empty"
            troubles[node] = .refused("\(lun.title) is not empty: \(trouble); harun never overwrites it")
        }
        if !troubles.isEmpty { return .no(troubles) }
        if let reserved { return reserved }
        guard let size = peers.names.first.flatMap({ Int(fact("size", $0)) }), size > 0 else {
            return refuse("\(lun.title) has no size")
        }
        if size > Self.readLimit.bytes {
            return refuse(
                "\(lun.title) has \(ByteCount(bytes: size)), and no more than \(Self.readLimit) are read to prove a disk for "
                    + "fencing empty; give fencing a small one, of 16 MiB for example")
        }
        if let why = proof.obstacle() { return refuse(why) }
        guard let id else { return unnamed }
        return .create(id: id, size: size)
    }

    // MARK: - A header that is there

    private func decide(about headers: [SBDHeader]) -> Decision {
        // A slot that one node alone reads counts as well as one that all of them do.
        let users = Set(headers.flatMap(\.users)).sorted()
        let marks = Set(headers.flatMap(\.marks)).sorted()
        let strangers = users.filter { user in !peers.contains { $0.name.text == user } }
        if !strangers.isEmpty {
            return refuse(
                "the SBD header on \(lun.title) belongs to another cluster: \(strangers.listed) used it")
        }
        if let other = headers.first(where: {
            $0.watchdogTimeout != timeouts.watchdog || $0.msgwaitTimeout != timeouts.msgwait
        }) {
            return refuse(
                "the SBD header on \(lun.title) has the timeouts \(other.watchdogTimeout) s and \(other.msgwaitTimeout) s "
                    + "(watchdog, msgwait), not \(timeouts.watchdog) s and \(timeouts.msgwait) s; a header in use is never "
                    + "rewritten")
        }
        if let other = marks.first(where: { $0 != id }) {
            return refuse(
                "the SBD header on \(lun.title) belongs to another cluster, with the identity \(other), and this one's is "
                    + "\(id ?? "not given yet"); a fencing disk is never shared, so give this cluster another LUN")
        }
        if headers.allSatisfy({ !$0.marks.isEmpty }) { return .done }
        // Nodes of the same names may be another cluster's: those that have a slot must be these.
        let unsure = users.filter { user in
            !peers.contains { $0.name.text == user && fact("configured", $0.name) == "yes" }
        }
        if !unsure.isEmpty {
            return refuse(
                "the SBD header on \(lun.title) was used by nodes called \(unsure.listed), which are not configured for it "
                    + "here, and no cluster's mark says whose they are. Give this cluster another LUN; or, if these nodes used it "
                    + "before they were installed anew and no other cluster does, type on one of them: sbd -d "
                    + "\(peers.names.first.map { fact("device", $0) } ?? "DISK") allocate \(ClusterIdentity.slot)\(id ?? "ID")"
            )
        }
        if let reserved { return reserved }
        if let why = proof.obstacle() { return refuse(why) }
        guard let id, let header = headers.first else { return unnamed }
        return .mark(id: id, header: header.uuid)
    }

    // MARK: - What speaks against both

    /// The cluster's identity, where every node has the same.
    private var id: String? { ClusterIdentity.agreed(observations, peers.names) }

    /// The refusal where any node reads somebody's reservation keys from the disk; nil where none does.
    private var reserved: Decision? {
        var refusals: [NodeName: Verdict] = [:]
        for node in peers.names where !fact("keys", node).isEmpty {
            refusals[node] = .refused(
                "somebody else may be about to use \(lun.title): it carries the reservation keys \(fact("keys", node)). Look "
                    + "for another cluster on this LUN; type sg_persist -n -i -r DISK for who holds it")
        }
        return refusals.isEmpty ? nil : .no(refusals)
    }

    private var unnamed: Decision {
        refuse("the nodes have no cluster identity yet; \(LUNProof.mustComeFirst)")
    }

    private func fact(_ key: String, _ node: NodeName) -> String { observations[node]?.facts[key] ?? "" }

    private func refuse(_ why: String) -> Decision { .no(peers.all(.refused(why))) }
}

extension [String] {
    /// For messages: `one, other`.
    fileprivate var listed: String { joined(separator: ", ") }
}
