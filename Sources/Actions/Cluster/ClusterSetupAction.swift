package import Documents
package import Steps
package import Transport

/// Makes the nodes one cluster: corosync's configuration and the keys, the same on every node.
///
/// The files are those that `pcs cluster setup` writes, but each node gets them over its own SSH
/// connection: pcs asks every pcsd in turn and gives up after a minute, with the nodes half set up (see
/// docs/decisions/0005-cluster-files-without-pcs.md). `corosync.conf` comes last, so a node that has it
/// is a member. Where a setup was cut off, all nodes get new files, and only while nothing runs there
/// and no resource was ever configured: a node that was reinstalled looks the same, and its cluster may
/// be at work.
package struct ClusterSetupAction: Action {
    package static let kind = "cluster.setup"

    private let configuration: CorosyncConfiguration
    private let peers: [Peer]
    /// corosync's key and Pacemaker's, 256 random bytes each, made anew in every run.
    private let keys: [UInt8]

    package var summary: String { "set up the cluster \(configuration.clusterName) of \(peers.names.listed)" }
    package var stepClass: StepClass { .once }
    package var undo: Undo { .bestEffort("the nodes leave the cluster; its files are kept under /var/lib/harun") }
    package var scope: Scope { .fleet }

    package init?(reading with: TableReader, peers: [Peer]) {
        let cluster = with.requiredString("cluster")
        let token = with.integer("token_ms", in: 1000...60000) ?? CorosyncConfiguration.token
        let counts = Set(peers.map(\.links.count))
        if counts.count > 1 {
            with.fail("every node needs the same number of links for one cluster", at: with.location)
        }
        guard let cluster, counts.count <= 1 else { return nil }
        guard cluster.allSatisfy({ $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "_" || $0 == "-") }) else {
            with.fail("a cluster name takes letters, digits, `_` and `-`", at: with.location)
            return nil
        }
        var random = SystemRandomNumberGenerator()
        let keys = (0..<512).map { _ in UInt8.random(in: .min ... .max, using: &random) }
        let identity = [random.next(), random.next()] as [UInt64]
        self.init(cluster: cluster, token: token, peers: peers, identity: identity, keys: keys)
    }

    init(cluster: String, token: Int, peers: [Peer], identity: [UInt64], keys: [UInt8]) {
        var configuration = CorosyncConfiguration()
        configuration.clusterName = cluster
        configuration.nodes = peers.map { .init(name: $0.name.text, addresses: $0.links) }
        configuration.options.values["totem.token"] = "\(token)"
        if peers.count == 2 { configuration.options.values["quorum.two_node"] = "1" }
        configuration.uuid = identity.map { number in
            let digits = String(number, radix: 16)
            return String(repeating: "0", count: 16 - digits.count) + digits
        }.joined()
        self.configuration = configuration
        self.peers = peers
        self.keys = keys
    }

    package func probe(_ node: NodeName) -> Script {
        Script(
            """
            if [ -f /etc/corosync/corosync.conf ]; then
                blob conf </etc/corosync/corosync.conf
                sha256sum /etc/corosync/authkey /etc/pacemaker/authkey 2>&1 | blob keys
                [ ! -f /var/lib/pacemaker/cib/cib.xml ] || blob cib </var/lib/pacemaker/cib/cib.xml
                \(CorosyncOptions.probe)
            else
                fact versions "$(dpkg-query -W -f '${Package} ${Version}, ' corosync pacemaker pcs 2>/dev/null)"
            fi
            satisfied
            """, asking: [UnitStates.question])
    }

    /// What a setup that was cut off left is named, and only where no cluster was ever at work with it.
    package func neededIsProof(_ observations: [NodeName: Observation]) -> Bool { true }

    package func judge(_ observations: [NodeName: Observation]) -> [NodeName: Verdict] {
        if let obstacles = observations.obstacles(among: peers) { return obstacles }
        let members = peers.names.filter { observations[$0]?.facts["conf"] != nil }
        if members.isEmpty { return peers.all(judge(versions: observations)) }
        var refused: [NodeName: Verdict] = [:]
        for node in members {
            if let reason = foreign(observations[node]) { refused[node] = .refused(reason) }
        }
        if !refused.isEmpty { return refused }
        let outsiders = peers.names.filter { !members.contains($0) }
        let files = Set(members.map { observations[$0]?.facts["conf"] }).count
        let keys = Set(members.map { observations[$0]?.facts["keys"] }).count
        if outsiders.isEmpty, files == 1, keys == 1 {
            return members.reduce(into: [:]) { $0[$1] = judge(running: observations[$1]) }
        }
        let what =
            outsiders.isEmpty
            ? "the nodes have different \(files > 1 ? "corosync.conf" : "keys")"
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

    package func remarks(_ observations: [NodeName: Observation]) -> [NodeName: String] {
        observations.reduce(into: [:]) { remarks, found in
            guard let text = found.value.facts["conf"], let conf = CorosyncConfiguration(parsing: text) else { return }
            let said = conf.options.remarks(wanted: configuration.options)
            if !said.isEmpty { remarks[found.key] = said.joined(separator: "; ") }
        }
    }

    /// Nodes of different releases do not understand each other in everything.
    private func judge(versions observations: [NodeName: Observation]) -> Verdict {
        let versions = observations.mapValues { $0.facts["versions"] ?? "" }
        if Set(versions.values).count == 1 { return .needed("no node is in a cluster yet") }
        let lines = versions.sorted { $0.key < $1.key }.map { "\($0.key) has \($0.value)" }
        return .refused("the nodes have different releases of the cluster's packages: \(lines.joined(separator: "; "))")
    }

    private func foreign(_ observation: Observation?) -> String? {
        guard let text = observation?.facts["conf"] else { return nil }
        guard let found = CorosyncConfiguration(parsing: text) else {
            return "/etc/corosync/corosync.conf cannot be read: its braces do not match"
        }
        if let difference = found.difference(from: configuration.clusterName, of: peers) {
            return "this node is in another cluster: \(difference)"
        }
        return found.danger(of: peers)
    }

    /// What the corosync that runs on a node makes of its configuration, which was found to be the wanted one.
    private func judge(running observation: Observation?) -> Verdict {
        let dangers = observation.flatMap(CorosyncOptions.init(running:))?.dangers(nodes: peers.count) ?? []
        if dangers.isEmpty { return .satisfied }
        return .refused(
            "the corosync that runs goes by other options than its file has now: \(dangers.joined(separator: "; "))")
    }

    /// What shows that a cluster is in use on a node, nil where nothing does.
    private func signOfLife(_ observation: Observation?) -> String? {
        let units = UnitStates(observation)
        if units["corosync.service"].isActive || units["pacemaker.service"].isActive { return "it runs" }
        guard let text = observation?.facts["cib"] else { return nil }
        guard let cib = XMLTree(parsing: text) else { return "its CIB cannot be read" }
        return cib.descendants("resources").allSatisfy(\.children.isEmpty) ? nil : "it has resources"
    }

    package func apply(_ node: NodeName, _ observations: [NodeName: Observation]) -> Script? {
        Script(
            """
            set -e
            for unit in corosync pacemaker; do
                ! systemctl is-active --quiet $unit || refuse "$unit runs here"
            done
            ! grep -q '<primitive' /var/lib/pacemaker/cib/cib.xml 2>/dev/null || refuse 'a CIB with resources lies here'
            \(Self.paths)
            [ ! -f $conf ] || grep -Eq \(isOurs) $conf || refuse 'this node is in another cluster meanwhile'
            umask 077
            \(PreImage.words)
            mkdir -p /etc/pacemaker
            if [ ! -e "$HARUN_STATE/begun" ]; then
                keep corosync.conf $conf
                keep corosync.authkey $corosync_key
                keep pacemaker.authkey $pacemaker_key
                \(Self.keepCIB)
                : >"$HARUN_STATE/begun"
            fi
            rm -f $conf $corosync_key $pacemaker_key /var/lib/pacemaker/cib/*
            head -c 256 >$corosync_key.harun
            head -c 256 >$pacemaker_key.harun
            [ "$(stat -c %s $corosync_key.harun $pacemaker_key.harun | tr '\\n' ' ')" = '256 256 ' ]
            chmod 400 $corosync_key.harun $pacemaker_key.harun
            chown hacluster:haclient $pacemaker_key.harun
            printf '%s\\n' \(configuration.text.shellQuoted) >$conf.harun
            chmod 644 $conf.harun
            mv $corosync_key.harun $corosync_key
            mv $pacemaker_key.harun $pacemaker_key
            corosync -t -c $conf.harun || { echo 'corosync rejects its configuration' >&2; exit 1; }
            sync
            mv $conf.harun $conf
            """, input: keys, timeout: .seconds(120))
    }

    /// Keeps the files of Pacemaker's configuration, each as a pre-image `cib:` and its name.
    static let keepCIB = """
        for file in /var/lib/pacemaker/cib/*; do [ ! -f "$file" ] || keep "cib:${file##*/}" "$file"; done
        """

    /// Puts them back.
    static let putBackCIB = """
        for file in "$pre"/cib:*; do [ ! -f "$file" ] || cp -p "$file" "/var/lib/pacemaker/cib/${file##*/cib:}"; done
        """

    private static let paths =
        "conf=/etc/corosync/corosync.conf; corosync_key=/etc/corosync/authkey; pacemaker_key=/etc/pacemaker/authkey"

    /// A pattern for the line of `corosync.conf` that names this cluster; the name has no special characters.
    private var isOurs: String {
        "^[[:space:]]*cluster_name:[[:space:]]*\(configuration.clusterName)[[:space:]]*$".shellQuoted
    }

    package func undo(_ node: NodeName) -> Script? {
        Script(
            """
            [ -e "$HARUN_STATE/begun" ] || exit 0
            \(PreImage.words)
            \(Self.paths)
            [ ! -f $conf ] || grep -Eq \(isOurs) $conf || refuse 'this node is in another cluster now'
            \(ClusterWait.refuseWhereResourcesRun)
            set -e
            systemctl stop pacemaker.service corosync.service
            if [ ! -e "$HARUN_STATE/left" ]; then
                mkdir -p "$HARUN_STATE/undone"
                for file in $conf $corosync_key $pacemaker_key /var/lib/pacemaker/cib/*; do
                    [ ! -f "$file" ] || mv "$file" "$HARUN_STATE/undone/$(echo "$file" | tr / _)"
                done
                : >"$HARUN_STATE/left"
            fi
            rm -f $conf.harun $corosync_key.harun $pacemaker_key.harun
            \(Self.putBackCIB)
            put_back pacemaker.authkey $pacemaker_key
            put_back corosync.authkey $corosync_key
            put_back corosync.conf $conf
            """, timeout: .seconds(300))
    }
}
