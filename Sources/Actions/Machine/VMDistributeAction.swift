package import Documents
package import Steps
package import Transport

/// Gives every node the same definition of the machine, and proves that libvirt itself cannot start it.
///
/// A node without the definition counts as not installed for the resource and never takes over. The
/// text may hold a VNC password: it goes through harun's memory and standard input only.
package struct VMDistributeAction: Action {
    package static let kind = "vm.distribute"

    private let name: String

    package let stepClass = StepClass.converge
    package let scope = Scope.fleet
    package let undo = Undo.exact

    package init?(reading with: TableReader, peers: [Peer]) {
        guard let name = with.requiredMachine("name") else { return nil }
        self.name = name
    }

    private var file: String { ServiceResources.definition(name) }
    package var summary: String { "put \(file) on every node, the same everywhere" }

    package func probe(_ node: NodeName) -> Script {
        Script(
            """
            \(DomainProbe(name: name).script)
            \(DomainHost.script)
            satisfied
            """, timeout: DomainHost.patience)
    }

    package func judge(_ observations: [NodeName: Observation]) -> [NodeName: Verdict] {
        var verdicts = observations.mapValues(\.verdict)
        guard verdicts.values.allSatisfy({ $0 == .satisfied }) else { return verdicts }
        let texts = observations.compactMapValues { $0.secrets["definition"] }
        guard let text = texts.first?.value else {
            return verdicts.mapValues { _ in .needed("no node has \(file) yet") }
        }
        if Set(texts.values).count > 1 {
            let list = texts.keys.sorted().map { "\($0) (sha256 \(observations[$0]?.facts["sum"]?.prefix(12) ?? "?"))" }
            return verdicts.mapValues { _ in
                .refused("\(file) differs between \(list.joined(separator: " and ")): delete the wrong one")
            }
        }
        guard let domain = DomainDefinition(xml: text), domain.name == name else {
            return verdicts.mapValues { _ in .refused("\(file) does not define a machine named \(name)") }
        }
        for (node, observation) in observations { verdicts[node] = judge(observation, domain) }
        return verdicts
    }

    private func judge(_ observation: Observation, _ domain: DomainDefinition) -> Verdict {
        guard let state = DomainProbe.State(observation, name) else {
            return .failed("the answer of virsh cannot be read")
        }
        if state.isDefined {
            return .refused(
                "libvirt defines \(name) here too and could start it beside the cluster (virsh undefine \(name))")
        }
        if let obstacle = DomainHost(domain: domain).obstacle(observation, state) { return obstacle }
        if observation.secrets["definition"] == nil { return .needed("\(file) is missing") }
        if observation.facts["mode"] != "600:0" { return .needed("\(file) can be read by others than root") }
        return .satisfied
    }

    package func apply(_ node: NodeName, _ observations: [NodeName: Observation]) -> Script? {
        let texts = observations.sorted { $0.key < $1.key }.compactMap { $0.value.secrets["definition"] }
        guard let text = texts.first else { return Script("echo 'no node has \(file)' >&2; exit 1") }
        return Script(
            """
            \(PreImage.words)
            umask 077; F=\(file.shellQuoted)
            keep definition "$F" || exit 1
            mkdir -p "${F%/*}" && chmod 700 "${F%/*}" && cat >"$F.part" && sync "$F.part" && mv "$F.part" "$F" || exit 1
            chown root:root "$F" && chmod 600 "$F"
            """, input: Array(text.utf8))
    }

    package func undo(_ node: NodeName) -> Script? {
        Script(
            """
            \(PreImage.words)
            F=\(file.shellQuoted)
            kept definition && [ -d "${F%/*}" ] || exit 0
            \(ClusterQuestion(machine: name).words)
            ask_cluster
            case $has in
            yes) refuse "$why, and needs $F";;
            unknown) refuse "$why: the cluster may still need $F";;
            esac
            rm -f "$F.part" && put_back definition "$F"
            """)
    }
}
