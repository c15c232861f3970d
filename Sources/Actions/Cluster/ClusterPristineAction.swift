package import Documents
package import Steps
package import Transport

/// Clears away the one-node cluster that the packages of Debian and Ubuntu start on their own.
///
/// `pcs cluster setup` refuses nodes that are in a cluster already, and its `--force`, which the
/// distribution recommends, would destroy whatever cluster it finds. So only that default cluster is
/// taken away, recognised by what it is and kept in a backup; the wanted cluster passes; anything else
/// ends the run before it is touched.
package struct ClusterPristineAction: Action {
    package static let kind = "cluster.pristine"

    private let cluster: String
    private let peers: [Peer]

    package var summary: String { "clear away the distribution's default cluster" }
    package var stepClass: StepClass { .once }
    package var undo: Undo { .bestEffort("the default cluster comes back from its backup, with its CIB") }
    package var scope: Scope { .node }

    package init?(reading with: TableReader, peers: [Peer]) {
        self.peers = peers
        guard let cluster = with.requiredString("cluster") else { return nil }
        self.cluster = cluster
    }

    package func probe(_ node: NodeName) -> Script {
        Script(
            """
            [ ! -f /etc/corosync/corosync.conf ] || blob conf </etc/corosync/corosync.conf
            [ ! -f /var/lib/pacemaker/cib/cib.xml ] || blob cib </var/lib/pacemaker/cib/cib.xml
            if grep -q '^SBD_DEVICE=.*/' /etc/default/sbd 2>/dev/null; then fact sbd configured; fi
            satisfied
            """, asking: [UnitStates.question])
    }

    /// Each part of the clearing is looked for by itself, and only a default cluster that nobody used is cleared.
    package func neededIsProof(_ observations: [NodeName: Observation]) -> Bool { true }

    package func judge(_ observations: [NodeName: Observation]) -> [NodeName: Verdict] {
        observations.mapValues { observation in
            let verdict = observation.verdict
            return verdict.isObstacle ? verdict : judge(observation)
        }
    }

    private func judge(_ observation: Observation) -> Verdict {
        let units = UnitStates(observation)
        let cib = observation.facts["cib"].map { XMLTree(parsing: $0) }
        guard let conf = observation.facts["conf"] else {
            if let trouble = Self.resources(of: cib) {
                return .refused(
                    "no cluster is set up here, but /var/lib/pacemaker/cib/cib.xml still holds \(trouble) of an "
                        + "earlier one; move that file away if it is not needed")
            }
            if !units["pcsd.service"].isActive { return .needed("pcsd does not run") }
            if hasBareSBD(observation, units) { return .needed("sbd starts with the cluster, unconfigured") }
            return .satisfied
        }
        guard let configuration = CorosyncConfiguration(parsing: conf) else {
            return .refused("/etc/corosync/corosync.conf cannot be read: its braces do not match")
        }
        if configuration.isDistributionDefault {
            guard let trouble = Self.resources(of: cib) else {
                return .needed("the distribution's default cluster is set up")
            }
            return .refused(
                "the distribution's default cluster is set up, and somebody put \(trouble) into it; "
                    + "look at `pcs config`, then `pcs cluster destroy` on this node if none of it is needed")
        }
        if let difference = configuration.difference(from: cluster, of: peers) {
            return .refused(
                "this node is in another cluster than \"\(cluster)\": \(difference). harun leaves it alone; "
                    + "`pcs cluster destroy` on this node, run by hand, would end it")
        }
        if let danger = configuration.danger(of: peers) { return .refused(danger) }
        return units["pcsd.service"].isActive ? .satisfied : .needed("pcsd does not run")
    }

    /// Whether the sbd that nobody configured would fail and keep Pacemaker from starting.
    private func hasBareSBD(_ observation: Observation, _ units: UnitStates) -> Bool {
        units["sbd.service"].isEnabled == true && observation.facts["sbd"] == nil
    }

    /// What a CIB holds that somebody made, in words; nil where it is bare.
    private static func resources(of cib: XMLTree??) -> String? {
        guard let cib else { return nil }
        guard let cib else { return "a configuration that cannot be read" }
        let resources = cib.descendants("resources").flatMap(\.children).compactMap { $0["id"] }
        if !resources.isEmpty { return "the resources \(resources.joined(separator: ", "))" }
        let nodes = cib.descendants("nodes").flatMap(\.children)
        return nodes.count > 1 ? "\(nodes.count) nodes" : nil
    }

    package func apply(_ node: NodeName, _ observations: [NodeName: Observation]) -> Script? {
        let pcsd = "\(Systemctl.enable) --now pcsd.service"
        let words = PreImage.words
        let conf = observations[node]?.facts["conf"].flatMap(CorosyncConfiguration.init(parsing:))
        if let conf, !conf.isDistributionDefault {
            let keep = Systemctl.keep(["pcsd.service"])
            return Script("\(words)\n\(keep) || exit 1\n\(pcsd)", timeout: .seconds(120))
        }
        return Script("\(words)\n\(Self.clearing)\n\(pcsd)", timeout: .seconds(300))
    }

    /// What `pcs cluster destroy` does, without its killing of every daemon on the host by name.
    private static let clearing = """
        set -e
        conf=/etc/corosync/corosync.conf; cib=/var/lib/pacemaker/cib
        if [ -f $conf ]; then
            grep -Eq '^[[:space:]]*cluster_name:[[:space:]]*debian[[:space:]]*$' $conf ||
                refuse 'corosync.conf is not the default one any more'
        fi
        keep corosync.conf $conf
        \(ClusterSetupAction.keepCIB)
        \(Systemctl.keep(["pacemaker.service", "corosync.service", "sbd.service", "pcsd.service"]))
        systemctl stop pacemaker.service corosync.service
        units='pacemaker.service corosync.service'
        if [ -e /lib/systemd/system/sbd.service ] && ! grep -q '^SBD_DEVICE=.*/' /etc/default/sbd; then
            units="$units sbd.service"
        fi
        # shellcheck disable=SC2086
        \(Systemctl.disable) $units
        systemctl reset-failed pacemaker.service corosync.service sbd.service 2>/dev/null || :
        rm -f $conf
        for file in "$cib"/*; do [ ! -f "$file" ] || rm -f "$file"; done
        """

    package func undo(_ node: NodeName) -> Script? {
        Script(
            """
            \(PreImage.words)
            kept units || exit 0
            conf=/etc/corosync/corosync.conf
            if kept corosync.conf && [ -f $conf ] && ! cmp -s $conf "$pre/corosync.conf"; then
                refuse 'a cluster is set up here; it stays'
            fi
            \(Systemctl.unitsAsBefore(leaving: "sbd.service"))
            set -e
            if kept corosync.conf; then
                [ -f $conf ] || { \(ClusterSetupAction.putBackCIB)
                    put_back corosync.conf $conf; }
            fi
            units_as_before
            """, timeout: .seconds(180))
    }
}
