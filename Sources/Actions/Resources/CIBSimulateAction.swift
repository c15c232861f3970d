package import Documents
package import Steps
package import Transport

/// Asks the cluster's own scheduler what it would do: now, and after losing each node in turn.
///
/// Nothing is changed: `crm_simulate` works on a copy of the live CIB, `crm_mon` reads what it left.
/// That way round works with every release, while `crm_simulate`'s own XML does not (3.0 leaves out the
/// result).
package struct CIBSimulateAction: Action {
    package static let kind = "cib.simulate"

    private let ids: [String]
    /// Those that start one after the other; an address in front of a machine starts beside it.
    private let ordered: [String]
    /// Where the file system is mounted, nil without one.
    private let mount: String?
    private let nodes: [NodeName]

    package let stepClass = StepClass.pure
    package let scope = Scope.node
    package let undo = Undo.nothing
    package let summary = "simulate the loss of every node"

    package init?(reading with: TableReader, peers: [Peer]) {
        nodes = peers.map(\.name)
        let machine = with.string("vm").map(ServiceResources.machineID)
        mount = with.string("storage")
        let storage = mount.map { _ in ServiceResources.storageID }
        let address = with.string("address").map { _ in ServiceResources.addressID }
        ids = [storage, machine, address].compactMap { $0 }
        ordered = [storage, machine ?? address].compactMap { $0 }
        if ids.isEmpty {
            with.fail("there is nothing to simulate: give `storage`, `vm` or `address`", at: with.location)
        }
    }

    package func probe(_ node: NodeName) -> Script {
        let losses = nodes.map { node in
            "simulate lose-\(node) --node-fail=\(node.text.shellQuoted)"
        }
        return Script(
            """
            command -v crm_simulate >/dev/null || needed 'Pacemaker is not installed yet'
            \(CIB.demand)
            \(mount.map { StorageDependents.probe(mount: $0) } ?? "")
            d=$(mktemp -d) && trap 'rm -rf "$d"' EXIT
            simulate() {
                k=$1; shift
                crm_simulate --live-check --simulate "$@" --save-output="$d/$k" >"$d/$k.txt" 2>&1 || { cat "$d/$k.txt" >&2; exit 1; }
                blob "transition-$k" <"$d/$k.txt"; CIB_file=$d/$k crm_mon -1 --output-as=xml | blob "after-$k"
            }
            simulate idle
            \(losses.joined(separator: "\n"))
            satisfied
            """, asking: [CIB.question], timeout: .seconds(120))
    }

    package func judge(_ observations: [NodeName: Observation]) -> [NodeName: Verdict] {
        observations.mapValues { $0.verdict == .satisfied ? judge($0) : $0.verdict }
    }

    private func judge(_ observation: Observation) -> Verdict {
        guard let dependents = dependents(observation) else { return .failed("the answer of cibadmin cannot be read") }
        if let mount, let why = dependents.refusal(mount: mount) { return .refused(why) }
        var problems = check(observation, "idle", dependents, losing: nil)
        for node in nodes { problems += check(observation, "lose-\(node)", dependents, losing: node) }
        if problems.isEmpty { return .satisfied }
        // Pacemaker keeps a failure, and counts it against the node, until somebody says that its cause is gone.
        let keys = ["idle"] + nodes.map { "lose-\($0)" }
        if keys.contains(where: { status(observation, $0)?.failures.isEmpty == false }) {
            problems.append("once the cause is gone, on any node: crm_resource --cleanup")
        }
        return .refused(problems.joined(separator: "; "))
    }

    /// Everything that needs the file system; nil where the configuration cannot be read.
    private func dependents(_ observation: Observation) -> StorageDependents? {
        guard let mount else { return StorageDependents.none }
        guard let cib = observation.secrets["cib"].flatMap({ CIB(xml: $0) }) else { return nil }
        return StorageDependents(cib, mount: mount, definitions: observation.facts["definitions"] ?? "")
    }

    private func status(_ observation: Observation, _ key: String) -> PacemakerStatus? {
        observation.facts["after-\(key)"].flatMap { PacemakerStatus(xml: $0) }
    }

    private func check(
        _ observation: Observation, _ key: String, _ dependents: StorageDependents, losing node: NodeName?
    ) -> [String] {
        let title = node.map { "after losing \($0)" } ?? "as things are"
        guard let status = status(observation, key) else {
            return ["\(title): the simulation's result cannot be read"]
        }
        var problems = status.problems(of: ids) + dependents.problems(status, besides: ids)
        let all = ids + dependents.members.map(\.id)
        if let node, all.contains(where: { status.resource($0)?.nodes.contains(node) == true }) {
            problems.append("something would still run on the lost node")
        }
        let starts = Self.starts(observation.facts["transition-\(key)"] ?? "")
        let order = ordered.compactMap { id in starts.firstIndex(of: id) }
        if order != order.sorted() {
            problems.append("they would start in the order \(starts.joined(separator: ", "))")
        }
        return problems.map { "\(title): \($0)" }
    }

    /// The resources in the order of their starts: ` * Resource action: virtual_ip  start on nodo2`.
    static func starts(_ transition: String) -> [String] {
        transition.split(whereSeparator: \.isNewline).compactMap { line in
            let words = line.split(separator: " ").map(String.init)
            guard let place = words.firstIndex(of: "action:"), words.count > place + 2, words[place - 1] == "Resource"
            else { return nil }
            return words[place + 2] == "start" ? words[place + 1] : nil
        }
    }

    package func apply(_ node: NodeName, _ observations: [NodeName: Observation]) -> Script? {
        Script("echo 'the cluster does not run here' >&2; exit 1")
    }
}
