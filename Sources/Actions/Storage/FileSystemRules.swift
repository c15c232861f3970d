import Transport

/// Decides about formatting from what every node sees; everything in doubt is a refusal.
struct FileSystemRules {
    /// What is to be done with the disk, all nodes taken together.
    enum Decision: Sendable, Hashable {
        /// Every node shows the file system that it should.
        case done
        /// It is there, but some nodes have to read again to see it.
        case reread(blind: [NodeName])
        case format(PlannedUUID, isRepeated: Bool)
        case no([NodeName: Verdict])
    }

    private let action: FileSystemMake
    private let observations: [NodeName: Observation]
    private let nodes: [NodeName]

    init(_ action: FileSystemMake, _ observations: [NodeName: Observation]) {
        self.action = action
        self.observations = observations
        nodes = action.peers.map(\.name)
    }

    /// The LUN's WWID as the first node sees it.
    var wwid: String { nodes.first.flatMap { observations[$0]?.facts["wwid"] } ?? "" }

    private var planned: PlannedUUID { PlannedUUID(cluster: action.cluster, wwid: wwid) }

    private func content(_ node: NodeName) -> DiskExamination.Content {
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
        case .format(let uuid, let isRepeated):
            Dictionary(
                uniqueKeysWithValues: nodes.map { node in
                    let why =
                        isRepeated
                        ? "an interrupted mkfs of harun is on it; the same one is begun anew"
                        : "the disk is proven empty on every node"
                    return (node, .needed("\(why): ext4 with UUID \(uuid)"))
                })
        case .no(let verdicts): verdicts
        }
    }

    /// The decision; see the protocol in each of its parts.
    var decision: Decision {
        if let obstacle = identity() { return .no(obstacle) }
        return action.mayFormat ? formatDecision() : neverDecision()
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
        if uuids.count == nodes.count, Set(uuids.values).count == 1 { return .done }
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

    // MARK: - format = "if-empty"

    private func formatDecision() -> Decision {
        let contents = Dictionary(uniqueKeysWithValues: nodes.map { ($0, content($0)) })
        let showing = nodes.filter { isPlanned(contents[$0]) }
        if showing.count == nodes.count { return .done }
        if !showing.isEmpty { return partlyShown(contents, showing) }
        if let reserved = reserved() { return .no(reserved) }
        if contents.values.allSatisfy({ $0 == .empty }) { return .format(planned, isRepeated: false) }
        if isOwnRemainder(contents) { return .format(planned, isRepeated: true) }
        var problems: [NodeName: Verdict] = [:]
        for node in nodes where contents[node] != .empty {
            problems[node] = .refused("\(words(content(node))); \(advice(content(node)))")
        }
        return .no(filled(problems))
    }

    /// The nodes that read somebody's reservation keys from the disk; nil where there are none.
    private func reserved() -> [NodeName: Verdict]? {
        var problems: [NodeName: Verdict] = [:]
        for node in nodes {
            guard let keys = observations[node]?.facts["keys"], !keys.isEmpty else { continue }
            problems[node] = .refused(
                "somebody else may be about to use the disk: it carries the reservation keys \(keys). Look for another "
                    + "cluster on this LUN; type sg_persist -n -i -r DISK for who holds it")
        }
        return problems.isEmpty ? nil : filled(problems)
    }

    private func isPlanned(_ content: DiskExamination.Content?) -> Bool {
        if case .signature("ext4", let uuid, _)? = content { uuid.lowercased() == planned.description } else { false }
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
    private func isOwnRemainder(_ contents: [NodeName: DiskExamination.Content]) -> Bool {
        guard let formatter = action.formatter, let facts = observations[formatter]?.facts,
            facts["mark"] == planned.description, let age = facts["mark.age"].flatMap(Int.init),
            (0..<FileSystemScript.mostAge).contains(age)
        else { return false }
        return contents.values.allSatisfy { content in
            switch content {
            case .empty, .data: true
            case .signature, .busy, .unreadable: false
            }
        }
    }

    // MARK: - Words

    private func words(_ content: DiskExamination.Content) -> String {
        switch content {
        case .empty: "the disk is empty"
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
        default:
            "harun formats only an empty disk. If nothing on it is needed, delete the LUN at the target and create it "
                + "again"
        }
    }

    /// Every node gets a verdict: those without a problem of their own are held up by the others'.
    private func filled(_ problems: [NodeName: Verdict]) -> [NodeName: Verdict] {
        var verdicts = problems
        guard let culprit = problems.keys.min() else { return [:] }
        for node in nodes where verdicts[node] == nil {
            verdicts[node] = .refused("nothing is done here because of \(culprit)")
        }
        return verdicts
    }
}
