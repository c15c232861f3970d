package import Documents
package import Steps
package import Transport

/// Moves a machine's disks to the LUN and its definition out of libvirt, so that only the cluster can start it.
///
/// The original disk is kept beside its old place and never written again; the machine is shut down as
/// by its power button and never killed. Every step of the work can be interrupted and repeated.
package struct VMMoveAction: Action {
    package static let kind = "vm.move"

    private let name: String
    private let mount: String
    private let filesystem: String
    private let lun: LUNReference
    /// How long the machine may take to shut down.
    private let patience: Duration

    package let stepClass = StepClass.once
    package let scope = Scope.fleet
    package let undo = Undo.bestEffort(
        "the machine goes back to its old disk as it was before the move; where the cluster may have run it, it stays on the LUN"
    )

    package init?(reading with: TableReader, peers: [Peer]) {
        let name = with.requiredMachine("name")
        let mount = with.mountPoint("mount")
        filesystem = with.word("filesystem", of: ["ext4", "xfs"]) ?? "ext4"
        patience = with.duration("stop_timeout") ?? .seconds(300)
        let lun = LUNReference(reading: with)
        guard let name, let mount, let lun else { return nil }
        self.name = name
        self.mount = mount
        self.lun = lun
    }

    package var summary: String {
        "move \(name)'s disks to \(lun.title) and its definition to \(ServiceResources.definition(name))"
    }

    package var consequence: String? { "shuts \(name) down while its disks are copied" }

    package func probe(_ node: NodeName) -> Script {
        Script(
            """
            \(DomainProbe(name: name).script)
            # Asked before the machine is shut down; once it is moved its definition is there.
            if [ ! -e "$F" ]; then
            \(DomainHost.script)
            fi
            x=$(virsh dumpxml --inactive --security-info \(name.shellQuoted) 2>/dev/null) && printf '%s\\n' "$x" | secret xml
            \(lun.findFunction)
            lun_find || DEV=
            \(MountProbe(mount: mount).script)
            if [ "$x" ]; then
            \(DomainDisks(name: name, mount: mount).script)
            fi
            \(ClusterQuestion(machine: name).words)
            ask_cluster
            case $cib in *'<primitive id="\(ServiceResources.storageID)"'*) fact storage clustered;; esac
            case $has in yes) fact machine clustered;; unknown) fact machine.unknown "$why";; esac
            [ ! -r /var/lib/harun/vm/\(name).shutdown ] || { read -r s </var/lib/harun/vm/\(name).shutdown; fact shutdown_seconds "$s"; }
            satisfied
            """, timeout: DomainHost.patience)
    }

    /// Until its last act libvirt still has the machine; a copy that was begun is gone on with, and none that the
    /// cluster wrote to is written over.
    package func neededIsProof(_ observations: [NodeName: Observation]) -> Bool { true }

    package func judge(_ observations: [NodeName: Observation]) -> [NodeName: Verdict] {
        var verdicts = observations.mapValues(\.verdict)
        guard verdicts.values.allSatisfy({ $0 == .satisfied }) else { return verdicts }
        let writers = observations.compactMapValues { MountProbe(mount: mount).obstacle($0) }
        if let (node, why) = writers.min(by: { $0.key < $1.key }) {
            return verdicts.mapValues { _ in .refused("\(node): \(why)") }
        }
        let defining = observations.filter { DomainProbe.State($0.value, name)?.isDefined == true }.keys.sorted()
        if defining.count > 1 {
            let list = defining.map(\.text).joined(separator: " and ")
            return verdicts.mapValues { _ in .refused("\(list) both define \(name): leave it on one of them") }
        }
        if let source = defining.first, let observation = observations[source] {
            verdicts[source] = verdict(ofSource: observation, on: source, observations)
            if case .needed = verdicts[source], let domain = observation.secrets["xml"].flatMap(DomainDefinition.init) {
                for (node, observation) in observations {
                    if let obstacle = hosting(observation, domain, home: observations[source]) {
                        verdicts[node] = obstacle
                    }
                }
            }
            return verdicts
        }
        let holders = observations.compactMapValues { $0.secrets["definition"] }
        if holders.isEmpty { return verdicts.mapValues { _ in .refused("no node defines a machine \(name)") } }
        for (node, text) in holders {
            let outside = DomainDefinition(xml: text).map(assetsOutside) ?? []
            if let asset = outside.first {
                verdicts[node] = .refused(
                    "\(ServiceResources.definition(name)) names \(asset.path), which is not below \(mount)")
            }
        }
        for (node, observation) in observations where MountProbe.isMounted(observation) {
            if observation.facts["storage"] == nil {
                verdicts[node] = .needed("\(mount) was left mounted by an interrupted move")
            }
        }
        return verdicts
    }

    /// The node whose libvirt still owns the machine: there is work, or a reason why it must not be done.
    private func verdict(
        ofSource observation: Observation, on source: NodeName, _ all: [NodeName: Observation]
    ) -> Verdict {
        guard let xml = observation.secrets["xml"], let domain = DomainDefinition(xml: xml),
            let state = DomainProbe.State(observation, name)
        else { return .failed("the definition of \(name) cannot be read") }
        var reasons = domain.bindings
        if state.hasSnapshots { reasons.append("it has snapshots, which its disk alone does not carry") }
        if state.hasCheckpoints { reasons.append("it has checkpoints, which its disk alone does not carry") }
        if state.hasManagedSave { reasons.append("it has a saved state (virsh managedsave-remove drops it)") }
        reasons += DomainDisks(name: name, mount: mount).obstacles(observation, domain)
        if observation.facts["machine"] != nil {
            reasons.append(
                "the cluster has \(ServiceResources.machineID(name)) already, and libvirt could start it a second time")
        }
        if !xml.split(whereSeparator: \.isNewline).contains(where: { $0.isName(name) }) {
            reasons.append("its name does not stand alone on a line of its definition")
        }
        let elsewhere = all.filter { $0.key != source && MountProbe.isMounted($0.value) }.keys.sorted()
        if let other = elsewhere.first { reasons.append("\(mount) is mounted on \(other)") }
        if observation.facts["storage"] != nil, !MountProbe.isMounted(observation) {
            reasons.append("the cluster holds \(mount), and not on \(source)")
        }
        if !reasons.isEmpty { return .refused("\(name) cannot move: \(reasons.joined(separator: "; "))") }
        let unknown = observation.facts["machine.unknown"].map { "; before that: \($0)" } ?? ""
        return .needed(
            "libvirt on \(source) owns \(name)" + (state.isActive ? ", which runs and will be shut down" : "") + unknown
        )
    }

    /// Why a node could not run the machine, found out before it is shut down; nil too where the node was not asked.
    private func hosting(_ observation: Observation, _ domain: DomainDefinition, home: Observation?) -> Verdict? {
        guard observation.facts["links"] != nil, let state = DomainProbe.State(observation, name) else { return nil }
        return DomainHost(domain: domain, home: home).obstacle(observation, state)
    }

    private func assetsOutside(_ domain: DomainDefinition) -> [DomainDefinition.Asset] {
        domain.assets.filter { !$0.path.hasPrefix(mount + "/") }
    }

    package func apply(_ node: NodeName, _ observations: [NodeName: Observation]) -> Script? {
        guard let observation = observations[node], DomainProbe.State(observation, name)?.isDefined == true,
            let xml = observation.secrets["xml"], let domain = DomainDefinition(xml: xml)
        else {
            if observations[node].map(MountProbe.isMounted) == true { return Script("umount \(mount.shellQuoted)") }
            return Script("echo 'libvirt does not define \(name) here; is [vm] source right?' >&2; exit 1")
        }
        let there = DomainDisks.onLUN(observation)
        let assets = domain.assets.filter { !there.contains($0.path) }
        let places = VMMoveScript.places(of: assets, in: mount)
        return VMMoveScript(
            name: name, mount: mount, filesystem: filesystem, lun: lun, assets: assets, places: places,
            keepsMount: observation.facts["storage"] != nil, patience: patience
        ).apply(definition: DomainDefinition.rewrite(xml, places))
    }

    package func undo(_ node: NodeName) -> Script? {
        VMMoveUndo(name: name, mount: mount, lun: lun, patience: patience).script
    }
}

extension Substring {
    /// Whether the line is nothing but the name, as the resource agent needs it.
    fileprivate func isName(_ name: String) -> Bool {
        split(separator: " ").joined(separator: " ") == "<name>\(name)</name>"
    }
}
