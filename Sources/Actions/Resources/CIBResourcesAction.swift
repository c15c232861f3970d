package import Documents
import Settings
package import Steps
package import Transport

/// Puts the file system, the machine and the address into the cluster, constraints and all, in one push.
///
/// Nothing starts on the wrong node in between, as it would when resources come one by one. Before the
/// push every node is asked whether it sees the LUN, has the network, and whether somebody else already
/// answers for the address.
package struct CIBResourcesAction: Action {
    package static let kind = "cib.resources"

    private let resources: ServiceResources
    private let lun: LUNReference
    /// Whether the inventory does without fencing, with its loss of data accepted.
    private let isUnfenced: Bool
    private let nodes: [NodeName]
    private var wait: Duration { .seconds(300) + resources.startTimeout * 2 }

    package let stepClass = StepClass.converge
    package let scope = Scope.fleet
    package let undo = Undo.bestEffort("the resources are stopped and taken out; disks and definitions stay")
    package let changesConfiguration = true

    package init?(reading with: TableReader, peers: [Peer]) {
        nodes = peers.map(\.name)
        let resources = ServiceResources(reading: with)
        let lun = LUNReference(reading: with)
        isUnfenced = with.string("fencing") == "none"
        guard let resources, let lun else { return nil }
        self.resources = resources
        self.lun = lun
    }

    package var summary: String { "give the cluster \(resources.ids.joined(separator: ", ")) and what binds them" }

    package func probe(_ node: NodeName) -> Script {
        Script(
            """
            \(lun.findFunction)
            if lun_find; then fact lun "$LUN"; else DEV=; fi
            \(MountProbe(mount: resources.mount).script)
            \(CIB.demand)
            \(networkProbe)
            satisfied
            """, asking: [CIB.question, PacemakerStatus.question], timeout: .seconds(60))
    }

    /// Finds the interface and, while no resource holds the address yet, who answers for it.
    private var networkProbe: String {
        guard let address = resources.address else { return "" }
        let probe = AddressProbe(address: address, interface: resources.interface)
        // IPv6 has a duplicate detection of its own, which the agent waits for.
        if address.ip.isIPv6 { return probe.words }
        return """
            \(probe.words)
            if [ -n "$nic" ] && ! cibadmin --query --xpath "\(probe.path)" >/dev/null 2>&1; then
                arping -D -q -c 2 -w 3 -I "$nic" \(address.ip.description.shellQuoted) >/dev/null 2>&1
                case $? in 0) ;; 1) fact duplicate yes;; *) fact duplicate unknown;; esac
            fi
            """
    }

    package func judge(_ observations: [NodeName: Observation]) -> [NodeName: Verdict] {
        var verdicts = observations.mapValues(\.verdict)
        guard verdicts.values.allSatisfy({ $0 == .satisfied }) else { return verdicts }
        for (node, observation) in observations {
            if let obstacle = obstacle(observation, on: node) { verdicts[node] = obstacle }
        }
        let devices = Set(observations.values.compactMap { $0.facts["lun"] })
        if devices.count > 1 {
            let list = devices.sorted().joined(separator: " and ")
            return verdicts.mapValues { _ in .refused("the nodes see different disks as \(lun.title): \(list)") }
        }
        guard verdicts.values.allSatisfy({ $0 == .satisfied }), let device = devices.first else { return verdicts }
        let common = judge(observations, device)
        return verdicts.mapValues { _ in common }
    }

    private func obstacle(_ observation: Observation, on node: NodeName) -> Verdict? {
        if observation.facts["lun"] == nil { return .needed("\(lun.title) is not seen here yet") }
        if let why = MountProbe(mount: resources.mount).obstacle(observation) { return .refused(why) }
        guard let address = resources.address else { return nil }
        let probe = AddressProbe(address: address, interface: resources.interface)
        if let why = probe.refusal(observation.facts, on: node) { return .refused(why) }
        switch observation.facts["duplicate"] {
        case "yes":
            return .refused("somebody already answers for \(address.ip); it must be free before the cluster takes it")
        case "unknown": return .failed("arping could not tell whether \(address.ip) is free")
        default: return nil
        }
    }

    /// The same for all nodes: the configuration first, then whether it works.
    private func judge(_ observations: [NodeName: Observation], _ device: String) -> Verdict {
        guard let cib = Self.cib(observations) else { return .failed("the answer of cibadmin cannot be read") }
        let fragment = resources.fragment(device: device)
        let conflicts = cib.conflicts(with: fragment)
        if !conflicts.isEmpty { return .refused(conflicts.joined(separator: "; ")) }
        if let why = disagreement(cib) { return .refused(why) }
        if !isUnfenced, !cib.isFencing {
            return .refused(
                "the cluster has no fencing, so nothing would keep two nodes from writing to \(lun.title) at once; "
                    + "run the stage fencing first")
        }
        let mounted = observations.filter { MountProbe.isMounted($0.value) }.keys.sorted()
        if cib.primitive(ServiceResources.storageID) == nil, let first = mounted.first {
            return .refused("\(resources.mount) is mounted on \(first) outside the cluster; unmount it first")
        }
        if mounted.count > 1 {
            return .refused(
                "\(resources.mount) is mounted on \(mounted.map(\.text).joined(separator: " and ")) at once")
        }
        let differences = cib.differences(to: fragment)
        if !differences.isEmpty { return .needed(differences.joined(separator: "; ")) }
        guard
            let status = observations.values.lazy.compactMap({ $0.facts["status"].flatMap { PacemakerStatus(xml: $0) } }
            ).first
        else { return .failed("the answer of crm_mon cannot be read") }
        let problems = status.problems(of: resources.ids)
        if !problems.isEmpty { return .needed(problems.joined(separator: "; ")) }
        let active = status.resource(ServiceResources.storageID)?.nodes ?? []
        return mounted == active
            ? .satisfied
            : .failed("the cluster says that \(resources.mount) is mounted on \(active), the nodes say \(mounted)")
    }

    /// What the cluster has by somebody's will, and the inventory does not say.
    private func disagreement(_ cib: CIB) -> String? {
        if let other = cib.abandoned(keeping: resources.ids).first {
            let section = other.id == ServiceResources.addressID ? "[address]" : "[vm]"
            return
                "the cluster keeps \(other.id) for an earlier inventory (\(other.constraint)), and this one does not name it: "
                + "give it back its \(section), or take it out of the cluster: pcs resource delete \(other.id)"
        }
        let stopped = cib.stopped(resources.ids)
        if stopped.isEmpty { return nil }
        return
            "somebody, or an undo of an older harun, stopped \(stopped.joined(separator: " and ")) (target-role=Stopped), "
            + "and it stays so until you type: pcs resource enable \(stopped.joined(separator: " "))"
    }

    private static func cib(_ observations: [NodeName: Observation]) -> CIB? {
        observations.sorted { $0.key < $1.key }.lazy.compactMap { $0.value.secrets["cib"].flatMap { CIB(xml: $0) } }
            .first
    }

    package func apply(_ node: NodeName, _ observations: [NodeName: Observation]) -> Script? {
        guard let cib = observations[node]?.secrets["cib"].flatMap({ CIB(xml: $0) }),
            let device = observations[node]?.facts["lun"]
        else { return Script("echo 'the cluster does not run here, or \(lun.title) is not seen' >&2; exit 1") }
        let fragment = resources.fragment(device: device)
        if cib.differences(to: fragment).isEmpty { return CIBPush.cleanup(resources.ids, wait: wait) }
        return CIBPush.script(base: cib, new: cib.merged(with: fragment), wait: wait)
    }

    /// A resource whose settings change is stopped and started again, and with it whatever needs it.
    package func outage(_ observations: [NodeName: Observation]) -> Outage? {
        guard let cib = Self.cib(observations), let device = observations.values.compactMap({ $0.facts["lun"] }).first
        else { return nil }
        let changed = cib.changedSettings(resources.fragment(device: device))
        let restarted = Set(changed.flatMap(resources.restarted))
        let statuses = observations.values.compactMap { $0.facts["status"].flatMap { PacemakerStatus(xml: $0) } }
        let running = resources.ids.filter(restarted.contains).filter { id in
            // What nobody can tell counts as running.
            statuses.isEmpty || statuses.contains { $0.resource(id)?.isActive == true }
        }
        return running.isEmpty
            ? nil : Outage(what: "stops \(running.joined(separator: ", ")) and starts it again", isForProof: false)
    }

    package func bringsService(_ observations: [NodeName: Observation]) -> Bool {
        Self.cib(observations).map { cib in resources.ids.allSatisfy { cib.primitive($0) == nil } } ?? false
    }

    package func undo(_ node: NodeName) -> Script? {
        CIBPush.undo(
            resources: resources.ids, mount: (ServiceResources.storageID, resources.mount),
            wait: resources.stopTimeout + .seconds(240))
    }
}

extension CIBResourcesAction: ResourceBringing {
    package var resourceIDs: [String] { resources.ids }
}
