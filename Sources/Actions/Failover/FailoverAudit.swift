import Settings
import Steps
import Transport

/// Looks at the nodes themselves, behind Pacemaker's back: what is mounted, running and configured where.
///
/// A double mount or a machine that runs twice destroys data while `crm_mon` may still look well.
struct FailoverAudit: Sendable {
    let machine: String?
    let mount: String?
    let address: FloatingAddress?
    /// What else in the cluster needs the file system; the configuration tells.
    var dependents = StorageDependents.none

    /// Libvirt's names of the machines that are not the inventory's.
    private var otherMachines: [String] {
        dependents.others(than: ids).compactMap(\.machine)
    }

    /// The ids that must run together.
    var ids: [String] {
        [
            mount.map { _ in ServiceResources.storageID }, machine.map(ServiceResources.machineID),
            address.map { _ in ServiceResources.addressID },
        ].compactMap { $0 }
    }

    /// Reports one node's truth.
    var script: Script {
        var lines: [String] = []
        if let mount {
            lines.append(
                "while read -r _ where _; do [ \"$where\" != \(mount.shellQuoted) ] || fact mounted yes; done </proc/mounts"
            )
        }
        if let machine {
            lines.append("fact machines \(Self.count(machine))")
        }
        for (index, other) in otherMachines.enumerated() {
            lines.append("fact machines.\(index) \(Self.count(other))")
        }
        if let address {
            lines.append("[ -z \"$(ip -o addr show to \(address.ip.description.shellQuoted))\" ] || fact address yes")
        }
        return Script(lines.joined(separator: "\n"), asking: [PacemakerStatus.question], timeout: .seconds(30))
    }

    /// Shell source that counts a machine's processes.
    private static func count(_ machine: String) -> String {
        // The brackets keep the pattern from matching the shell that carries it.
        let pattern = "guest=[\(machine.prefix(1))]\(machine.dropFirst().replacing(".", with: "[.]"))(,|$)"
        return "\"$(pgrep -fc -- \(pattern.shellQuoted))\""
    }

    /// Asks for what ``StorageDependents`` reads; nil without a file system.
    var configurationScript: Script? {
        mount.map { mount in
            Script(
                "[ -z \"$no_cib\" ] || { echo \"$no_cib\" >&2; exit 1; }\n" + StorageDependents.probe(mount: mount),
                asking: [CIB.question],
                timeout: .seconds(60))
        }
    }

    /// Whether everything runs well, together, on a node; then that node.
    func place(_ status: PacemakerStatus) -> NodeName? {
        guard let place = status.place(of: ids), status.problems(of: ids).isEmpty,
            dependents.problems(status, besides: ids).isEmpty
        else { return nil }
        return place
    }

    /// What is wrong, over all nodes; empty where everything runs once, on one node, in one healthy cluster.
    func problems(_ facts: [NodeName: [String: String]], nodes: [NodeName]) -> [String] {
        var lines: [String] = []
        if let mount, let why = dependents.refusal(mount: mount) { lines.append(why) }
        let all = ids + dependents.members.map(\.id)
        var places: Set<NodeName> = []
        for node in nodes {
            guard let status = Self.status(facts[node]) else {
                lines.append("\(node): the answer of crm_mon cannot be read")
                continue
            }
            if let obstacle = status.obstacle(toRunning: nodes) { lines.append("\(node): \(obstacle)") }
            lines += (status.problems(of: ids) + dependents.problems(status, besides: ids)).map { "\(node): \($0)" }
            lines += status.bans.filter { all.contains($0.resource) }.map {
                "\(node): the constraint \($0.id) keeps \($0.resource) off \($0.node)"
            }
            if let place = status.place(of: ids) { places.insert(place) }
        }
        guard places.count == 1, let place = places.first else {
            return lines + (lines.isEmpty ? ["the nodes do not agree where the resources run"] : [])
        }
        func check(_ what: String, _ holds: (([String: String]) -> Bool)) {
            let holders = nodes.filter { holds(facts[$0] ?? [:]) }
            if holders != [place] {
                let list = holders.isEmpty ? "nowhere" : "on " + holders.map(\.text).joined(separator: " and ")
                lines.append("\(what) \(list), and should be on \(place) alone")
            }
        }
        if let mount { check("\(mount) is mounted") { $0["mounted"] != nil } }
        if let machine {
            check("\(machine) runs") { $0["machines"] != "0" }
            if let count = facts[place]?["machines"], count != "1" {
                lines.append("\(count) processes of \(machine) run on \(place)")
            }
        }
        for (index, other) in otherMachines.enumerated() {
            let key = "machines.\(index)"
            // One that a person stopped may run nowhere.
            if nodes.contains(where: { (facts[$0]?[key] ?? "0") != "0" }) { check("\(other) runs") { $0[key] != "0" } }
        }
        if let address { check("\(address.ip) is") { $0["address"] != nil } }
        return lines
    }

    static func status(_ facts: [String: String]?) -> PacemakerStatus? {
        facts?["status"].flatMap { PacemakerStatus(xml: $0) }
    }
}
