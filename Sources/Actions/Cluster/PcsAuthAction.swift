package import Documents
import Foundation
import Settings
package import Steps
package import Transport

/// Lets the nodes' pcsd daemons trust each other, without any password.
///
/// harun makes a random token and gives it to every node on standard input; each accepts it and learns
/// it for all of them. Nothing is typed, nothing is shared with the account `hacluster`, and no process
/// list ever shows it.
///
/// pcsd is reached where SSH goes, not over the cluster's links: when a link is cut, `pcs` still works
/// between the nodes, which is when an operator needs it. Only where the SSH addresses cannot be those of
/// the nodes to each other (a name of the operator's ssh_config, loopback, or one address with several
/// ports) the first link is used.
package struct PcsAuthAction: Action {
    package static let kind = "pcs.auth"

    private let peers: [Peer]
    /// 32 random bytes, made anew in every run and never stored by harun.
    private let token: [UInt8]

    package var summary: String { "let pcsd on \(peers.names.listed) trust each other by a random token" }
    package var stepClass: StepClass { .converge }
    package var undo: Undo { .exact }
    package var scope: Scope { .fleet }

    package init?(reading with: TableReader, peers: [Peer]) {
        self.init(peers: peers, token: (0..<32).map { _ in UInt8.random(in: .min ... .max) })
    }

    init(peers: [Peer], token: [UInt8]) {
        self.peers = peers
        self.token = token
    }

    /// Where each node's pcsd is told to be.
    var addresses: [NodeName: String] {
        let ssh = peers.map(\.address)
        let areUsable =
            Set(ssh).count == peers.count
            && !ssh.contains { IPAddress($0) == nil || $0.hasPrefix("127.") || IPAddress($0) == IPAddress("::1") }
        let pairs = peers.map { ($0.name, areUsable ? $0.address : $0.links.first ?? $0.address) }
        return Dictionary(pairs) { first, _ in first }
    }

    package func probe(_ node: NodeName) -> Script {
        Script(
            """
            [ ! -s /var/lib/pcsd/known-hosts ] || secret hosts </var/lib/pcsd/known-hosts
            [ ! -s /var/lib/pcsd/pcs_users.conf ] || secret users </var/lib/pcsd/pcs_users.conf
            satisfied
            """)
    }

    package func judge(_ observations: [NodeName: Observation]) -> [NodeName: Verdict] {
        if let obstacles = observations.obstacles(among: peers) { return obstacles }
        let addresses = addresses
        let known = observations.mapValues { KnownHosts(parsing: $0.secrets["hosts"] ?? "") }
        let accepted = observations.mapValues { KnownHosts.tokens(accepted: $0.secrets["users"] ?? "") }
        for node in peers.names {
            for peer in peers.names {
                guard let host = known[node]?.hosts[peer] else {
                    return peers.all(.needed("pcsd of \(node) does not know \(peer)"))
                }
                if host.addresses.first != addresses[peer] {
                    return peers.all(
                        .needed("pcsd of \(node) knows \(peer) at \(host.addresses.first ?? "no address")"))
                }
                if accepted[peer]?.contains(host.token) != true {
                    return peers.all(.needed("pcsd of \(peer) does not accept the token of \(node)"))
                }
            }
        }
        return peers.all(.satisfied)
    }

    package func apply(_ node: NodeName, _ observations: [NodeName: Observation]) -> Script? {
        let addresses = addresses
        let hosts = peers.map { peer in
            "\(peer.name.text.shellQuoted) addr=\((addresses[peer.name] ?? peer.address).shellQuoted)"
        }.joined(separator: " ")
        return Script(
            """
            \(PreImage.words)
            set -e
            umask 077
            token=$HARUN_STATE/token
            trap 'rm -f "$token"' EXIT
            trap 'exit 129' HUP INT TERM
            cat >"$token"
            for file in known-hosts pcs_users.conf; do keep $file /var/lib/pcsd/$file; done
            pcs pcsd accept_token "$token"
            pcs host auth \(hosts) --token "$token"
            """, input: token, timeout: .seconds(180))
    }

    package func undo(_ node: NodeName) -> Script? {
        Script(
            """
            \(PreImage.words)
            rm -f "$HARUN_STATE/token"
            [ -d /var/lib/pcsd ] || exit 0
            set -e
            for file in known-hosts pcs_users.conf; do put_back $file /var/lib/pcsd/$file; done
            """)
    }
}
