package import Documents
package import Transport

/// Makes the nodes one cluster: corosync's configuration and the keys, the same on every node.
///
/// pcs writes `corosync.conf` last, so a node that has it is a member. A setup that was cut off leaves
/// some nodes with it and some without; that is repaired by clearing exactly those that have it, and
/// only while nothing runs there and no resource was ever configured: a node that was reinstalled looks
/// the same, and its cluster may be at work.
package struct PcsSetupAction: Procedure {
    package static let kind = "pcs.setup"

    private let cluster: String
    private let token: Int
    private let peers: [Peer]

    package var summary: String { "set up the cluster \(cluster) of \(peers.names.listed)" }
    package var stepClass: StepClass { .once }
    package var undo: Undo { .bestEffort("the cluster is destroyed on every node; authentication of pcsd stays") }
    package var scope: Scope { .fleet }

    package init?(reading with: TableReader, peers: [Peer]) {
        let cluster = with.requiredString("cluster")
        token = with.integer("token_ms", in: 1000...60000) ?? 5000
        self.peers = peers
        let counts = Set(peers.map(\.links.count))
        if counts.count > 1 {
            with.fail("every node needs the same number of links for one cluster", at: with.location)
        }
        guard let cluster, counts.count <= 1 else { return nil }
        self.cluster = cluster
    }

    package func probe(_ node: NodeName) -> Script {
        Script(
            """
            if [ -f /etc/corosync/corosync.conf ]; then
                blob conf </etc/corosync/corosync.conf
                # shellcheck disable=SC2046
                fact keys $(sha256sum /etc/corosync/authkey /etc/pacemaker/authkey 2>&1 | cut -c 1-64)
                [ ! -f /var/lib/pacemaker/cib/cib.xml ] || blob cib </var/lib/pacemaker/cib/cib.xml
                \(UnitStates.probe(["corosync.service", "pacemaker.service"]))
            fi
            satisfied
            """)
    }

    package func judge(_ observations: [NodeName: Observation]) -> [NodeName: Verdict] {
        if let obstacles = observations.obstacles(among: peers) { return obstacles }
        let members = peers.names.filter { observations[$0]?.facts["conf"] != nil }
        if members.isEmpty { return peers.all(.needed("no node is in a cluster yet")) }
        var refused: [NodeName: Verdict] = [:]
        for node in members {
            if let reason = foreign(observations[node]) { refused[node] = .refused(reason) }
        }
        if !refused.isEmpty { return refused }
        let outsiders = peers.names.filter { !members.contains($0) }
        let halves = Set(members.map { observations[$0]?.facts["conf"] }).count
        let keys = Set(members.map { observations[$0]?.facts["keys"] }).count
        if outsiders.isEmpty, halves == 1, keys == 1 { return peers.all(.satisfied) }
        let what =
            outsiders.isEmpty
            ? "the nodes have different \(halves > 1 ? "corosync.conf" : "keys")"
            : "\(members.listed) is set up for the cluster, \(outsiders.listed) is not"
        for node in members {
            if let life = signOfLife(observations[node]) {
                return peers.all(
                    .refused(
                        "\(what), and on \(node) \(life): a cluster at work is never set up anew. A node that was "
                            + "reinstalled is put back with `pcs cluster node remove` and `pcs cluster node add`"))
            }
        }
        return peers.all(.needed("\(what): a setup was cut off"))
    }

    private func foreign(_ observation: Observation?) -> String? {
        guard let text = observation?.facts["conf"] else { return nil }
        guard let configuration = CorosyncConfiguration(parsing: text) else {
            return "/etc/corosync/corosync.conf cannot be read: its braces do not match"
        }
        return configuration.difference(from: cluster, of: peers).map { "this node is in another cluster: \($0)" }
    }

    /// What shows that a cluster is in use on a node, nil where nothing does.
    private func signOfLife(_ observation: Observation?) -> String? {
        let units = UnitStates(observation)
        if units["corosync.service"].isActive || units["pacemaker.service"].isActive { return "it runs" }
        guard let text = observation?.facts["cib"] else { return nil }
        guard let cib = XMLTree(parsing: text) else { return "its CIB cannot be read" }
        return cib.descendants("resources").allSatisfy(\.children.isEmpty) ? nil : "it has resources"
    }

    package func perform(
        on node: NodeName, _ observations: [NodeName: Observation], in context: any ProcedureContext
    ) async throws(ProcedureFailure) -> [String: String] {
        let members = peers.names.filter { observations[$0]?.facts["conf"] != nil }
        if !members.isEmpty {
            context.progress("clearing the setup that was cut off on \(members.listed)")
            try await context.demand(repair, everywhere: members, "clearing the setup that was cut off")
        }
        try await context.run(setup, on: node).demandSuccess("pcs cluster setup")
        return [:]
    }

    var setup: Script {
        let nodes = peers.map { peer in
            ([peer.name.text] + peer.links.map { "addr=\($0)" }).map(\.shellQuoted).joined(separator: " ")
        }
        return Script(
            """
            pcs cluster setup \(cluster.shellQuoted) \(nodes.joined(separator: " ")) \
            transport knet totem token=\(token)
            """, timeout: .seconds(300))
    }

    /// `pcs cluster destroy` asks nobody when it has no terminal, so the guards stand right before it.
    private var repair: Script {
        Script(
            """
            for unit in corosync pacemaker; do
                ! systemctl is-active --quiet $unit || refuse "$unit runs again"
            done
            grep -Eq '^[[:space:]]*cluster_name:[[:space:]]*'\(cluster.shellQuoted)'[[:space:]]*$' \
                /etc/corosync/corosync.conf || refuse 'the configuration changed meanwhile'
            ! grep -q '<primitive' /var/lib/pacemaker/cib/cib.xml 2>/dev/null || refuse 'there are resources'
            pcs cluster destroy
            """, timeout: .seconds(180))
    }

    package func undo(_ node: NodeName) -> Script? {
        Script(
            """
            conf=/etc/corosync/corosync.conf
            [ -f $conf ] || exit 0
            grep -Eq '^[[:space:]]*cluster_name:[[:space:]]*'\(cluster.shellQuoted)'[[:space:]]*$' $conf ||
                refuse 'this node is in another cluster now'
            if crm_mon -1 --output-as=xml 2>/dev/null |
                grep '<resource .*active="true"' | grep -qv 'resource_agent="stonith:'; then
                refuse 'resources run; they are stopped first'
            fi
            pcs cluster stop --all --force; pcs cluster destroy --all
            """, timeout: .seconds(300))
    }
}
