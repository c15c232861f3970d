import Documents
import Steps
import Transport

/// Decides about formatting from what every node sees; everything in doubt is a refusal.
struct FileSystemRules {
    /// What is to be done with the disk, all nodes taken together.
    enum Decision: Sendable, Hashable {
        /// Every node shows the file system that it should.
        case done
        /// It is there, but some nodes have to read again to see it.
        case reread(blind: [NodeName])
        case format(PlannedUUID, FileSystemScript.Kind)
        /// It is a good file system, but not yet what the inventory wants.
        case adopt(FileSystemScript.Adoption)
        case no([NodeName: Verdict])
    }

    let action: FileSystemMake
    let observations: [NodeName: Observation]
    let nodes: [NodeName]

    init(_ action: FileSystemMake, _ observations: [NodeName: Observation]) {
        self.action = action
        self.observations = observations
        nodes = action.peers.map(\.name)
    }

    /// The LUN's WWID as the first node sees it.
    var wwid: String { nodes.first.flatMap { observations[$0]?.facts["wwid"] } ?? "" }

    /// The LUN's bytes as the first node sees them.
    var size: Int { nodes.first.flatMap { observations[$0]?.facts["size"] }.flatMap(Int.init) ?? 0 }

    /// The cluster's identity, where every node has the same.
    var id: String? { ClusterIdentity.agreed(observations, nodes) }

    var proof: LUNProof { LUNProof(action.lun, on: nodes, observations) }

    private var planned: PlannedUUID? { id.map { PlannedUUID(cluster: $0, wwid: wwid) } }

    func content(_ node: NodeName) -> DiskExamination.Content {
        DiskExamination(observations[node]?.facts ?? [:]).content
    }

    /// What the step says of each node.
    var verdicts: [NodeName: Verdict] {
        switch decision {
        case .done: Dictionary(uniqueKeysWithValues: nodes.map { ($0, .satisfied) })
        case .reread(let blind):
            Dictionary(
                uniqueKeysWithValues: nodes.map { node in
                    (node, blind.contains(node) ? .needed("it has to read the disk's signature again") : .satisfied)
                })
        case .format(let uuid, let kind):
            Dictionary(uniqueKeysWithValues: nodes.map { ($0, .needed("\(why(kind)): ext4 with UUID \(uuid)")) })
        case .adopt(let adoption):
            Dictionary(uniqueKeysWithValues: nodes.map { ($0, .needed(why(adoption))) })
        case .no(let verdicts): verdicts
        }
    }

    /// The decision; see the protocol in each of its parts.
    var decision: Decision {
        if let obstacle = identity() { return .no(obstacle) }
        return action.format == .never ? neverDecision() : formatDecision()
    }

    // MARK: - The same disk everywhere

    private func identity() -> [NodeName: Verdict]? {
        var problems: [NodeName: Verdict] = [:]
        for node in nodes { problems[node] = alone(node) }
        guard problems.isEmpty, let first = nodes.first, let reference = observations[first]?.facts else {
            return filled(problems)
        }
        for node in nodes.dropFirst() {
            let own = observations[node]?.facts ?? [:]
            for (key, what) in [("wwid", "WWID"), ("size", "size")] where own[key] != reference[key] {
                problems[node] = .refused(
                    "not the same disk: its \(what) is \(own[key] ?? "unknown"), and \(reference[key] ?? "unknown") on "
                        + "\(first)")
            }
        }
        return problems.isEmpty ? nil : filled(problems)
    }

    private func alone(_ node: NodeName) -> Verdict? {
        guard let observation = observations[node] else {
            return .failed("it was not looked at, and nothing is formatted unless every node was")
        }
        guard observation.code == ScriptPrelude.satisfied else { return observation.verdict }
        let facts = observation.facts
        guard facts["seen"] == "yes", facts["wwid"]?.hasPrefix("0x") == true else {
            return .refused("\(action.lun.title) is not there")
        }
        if facts["read-only"] != "0" { return .refused("\(action.lun.title) is read-only") }
        if let process = facts["mkfs"] {
            return .failed("mkfs still runs on it as process \(process); wait until it has ended and run again")
        }
        if case .unreadable(let why) = content(node) { return .refused("the disk cannot be examined: \(why)") }
        return nil
    }

    // MARK: - format = "never"

    private func neverDecision() -> Decision {
        var uuids: [NodeName: String] = [:]
        for node in nodes {
            if case .signature("ext4", let uuid, _) = content(node), !uuid.isEmpty { uuids[node] = uuid }
        }
        if uuids.count == nodes.count, let uuid = uuids.values.first, Set(uuids.values).count == 1 {
            return found(uuid)
        }
        return .no(
            Dictionary(
                uniqueKeysWithValues: nodes.map { node in
                    (
                        node,
                        .refused(
                            "no ext4 file system that is the same on every node: \(words(content(node))). "
                                + "`format` is \"never\", so nothing is made; on an empty disk, write format = \"if-empty\""
                        )
                    )
                }))
    }

    // MARK: - format = "if-empty" and "force:…"

    private func formatDecision() -> Decision {
        let contents = Dictionary(uniqueKeysWithValues: nodes.map { ($0, content($0)) })
        let showing = nodes.filter { isOurs($0) }
        if showing.count == nodes.count, case .signature(_, let uuid, _)? = contents[nodes[0]] {
            let uuids = Set(nodes.map { observations[$0]?.facts["uuid"] ?? "" })
            guard uuids.count == 1 else {
                // A cluster's mark alone does not make two file systems one: a second LUN of it carries the same.
                return .no(
                    all(
                        .refused(
                            "the nodes do not see the same file system, although the WWID is the same: the UUIDs are "
                                + uuids.sorted().joined(separator: " and "))))
            }
            return found(uuid)
        }
        if !showing.isEmpty { return partlyShown(contents, showing) }
        if let reserved = reserved() { return .no(reserved) }
        var isForced = false
        if case .force(let wwid) = action.format {
            guard wwid == self.wwid.lowercased() else {
                return .no(
                    all(.refused("`format` is \"force:\(wwid)\", but the disk is \(self.wwid); nothing is formatted")))
            }
            isForced = true
        }
        var problems: [NodeName: Verdict] = [:]
        for node in nodes {
            switch content(node) {
            case .blank: break
            case .data where isForced || isOwnRemainder: break
            default: problems[node] = .refused("\(words(content(node))); \(advice(content(node)))")
            }
        }
        if !problems.isEmpty { return .no(filled(problems)) }
        if let why = proof.obstacle() { return .no(all(.refused(why))) }
        guard let planned else {
            return .no(all(.refused("the nodes have no cluster identity yet; \(LUNProof.mustComeFirst)")))
        }
        if isOwnRemainder { return .format(planned, .repeated) }
        if isForced { return .format(planned, .forced) }
        if size > action.readLimit {
            return .no(
                all(
                    .refused(
                        "the disk has \(ByteCount(bytes: size)), and no more than \(ByteCount(bytes: action.readLimit)) are "
                            + "read to prove a disk empty. Write a larger read_limit in [storage]; or, where nothing on the "
                            + "disk is needed for certain, format = \"force:\(wwid)\""
                    )))
        }
        return .format(planned, .proven)
    }

    /// The nodes that read somebody's reservation keys from the disk; nil where there are none.
    func reserved() -> [NodeName: Verdict]? {
        var problems: [NodeName: Verdict] = [:]
        for node in nodes {
            guard let keys = observations[node]?.facts["keys"], !keys.isEmpty else { continue }
            problems[node] = .refused(
                "somebody else may be about to use the disk: it carries the reservation keys \(keys). Look for another "
                    + "cluster on this LUN; type sg_persist -n -i -r DISK for who holds it")
        }
        return problems.isEmpty ? nil : filled(problems)
    }

    /// Whether this node reads the file system that harun made for this cluster, or that it took for it.
    ///
    /// The UUID that follows from the cluster's name is that of a version which knew no identities; another cluster of
    /// the same name has it too, so ``found(_:)`` decides about it as about any that was there before.
    private func isOurs(_ node: NodeName) -> Bool {
        guard case .signature("ext4", let uuid, _) = content(node) else { return false }
        let uuids = [planned, PlannedUUID(cluster: action.cluster, wwid: wwid)].compactMap { $0?.description }
        if uuids.contains(uuid.lowercased()) { return true }
        return id != nil && observations[node]?.facts["owner"] == id
    }

    /// Some nodes show harun's file system, and the others do not.
    ///
    /// These may hold an old view of the same disk, but whoever reads zeros or another signature from
    /// the disk itself has another disk.
    private func partlyShown(_ contents: [NodeName: DiskExamination.Content], _ showing: [NodeName]) -> Decision {
        var problems: [NodeName: Verdict] = [:]
        var blind: [NodeName] = []
        for node in nodes where !showing.contains(node) {
            if case .data? = contents[node] {
                blind.append(node)
            } else {
                problems[node] = .refused(
                    "not the same disk, although the WWID is: \(showing[0]) sees harun's file system on it, but here "
                        + words(content(node)))
            }
        }
        return problems.isEmpty ? .reread(blind: blind) : .no(filled(problems))
    }

    /// What a killed `mkfs` leaves: no signature, some blocks written, and the mark of its beginning on
    /// the node that formats.
    private var isOwnRemainder: Bool {
        guard let formatter = action.formatter, let facts = observations[formatter]?.facts, let planned,
            facts["mark"] == planned.description, let age = facts["mark.age"].flatMap(Int.init)
        else { return false }
        return (0..<FileSystemScript.mostAge).contains(age)
    }

    // MARK: - Words

    func words(_ content: DiskExamination.Content) -> String {
        switch content {
        case .blank: "the disk shows nothing"
        case .data(let place): "the disk is not empty: it has no signature, but there is data \(place)"
        case .signature(_, _, let what): "there is something on the disk: \(what)"
        case .busy(let why): "the disk is in use: \(why)"
        case .unreadable(let why): "the disk cannot be examined: \(why)"
        }
    }

    private func advice(_ content: DiskExamination.Content) -> String {
        switch content {
        case .signature("ext4", _, _):
            "harun formats only an empty disk. To use this file system as it is, write format = \"never\"; if nothing on "
                + "it is needed, delete the LUN at the target and create it again"
        case .busy: "harun formats only a disk that nobody uses"
        case .data:
            "harun formats only an empty disk. If nothing on it is needed, delete the LUN at the target and create it "
                + "again, or write format = \"force:\(wwid)\""
        default:
            "harun formats only an empty disk. If nothing on it is needed, delete the LUN at the target and create it "
                + "again"
        }
    }

    private func why(_ kind: FileSystemScript.Kind) -> String {
        switch kind {
        case .proven:
            "no node sees anything on the disk; \(nodes[0]) reads all \(ByteCount(bytes: size)) of it first, and goes on only "
                + "if every byte is zero"
        case .repeated: "an interrupted mkfs of harun is on it; the same one is begun anew"
        case .forced: "the inventory gives the disk up, whatever data without a signature is on it"
        }
    }

    private func all(_ verdict: Verdict) -> [NodeName: Verdict] { action.peers.all(verdict) }

    /// Every node gets a verdict: those without a problem of their own are held up by the others'.
    func filled(_ problems: [NodeName: Verdict]) -> [NodeName: Verdict] {
        var verdicts = problems
        guard let culprit = problems.keys.min() else { return [:] }
        for node in nodes where verdicts[node] == nil {
            verdicts[node] = .refused("nothing is done here because of \(culprit)")
        }
        return verdicts
    }
}
