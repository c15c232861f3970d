import Crypto
import Foundation
import Steps
import Transport

/// What ``LUNProve`` notes on every node: that a LUN is the same disk on all of them, and through which sessions.
///
/// Whoever overwrites a disk asks for it. A session that came later may lead to another box, so the note holds for the
/// boot, the sessions and the connections that it names, and for no others.
struct LUNProof {
    /// Defines `lun_proof`, to be called after `lun_find`.
    ///
    /// It sets `PROOF` (the note), `PROOF_SESSIONS` (those that it speaks of), `SESSIONS` (today's, of every path to
    /// `DEV`) and `CLUSTER` (the identity of this node's cluster); each is empty where there is none.
    static let function = """
        lun_proof() {
            PROOF=; PROOF_SESSIONS=; CLUSTER=
            [ ! -r "/var/lib/harun/luns/$WWID" ] ||
                { read -r PROOF; read -r PROOF_SESSIONS || PROOF_SESSIONS=; } <"/var/lib/harun/luns/$WWID"
            [ ! -r \(ClusterIdentity.file) ] || read -r CLUSTER <\(ClusterIdentity.file)
            read -r SESSIONS </proc/sys/kernel/random/boot_id
            for lun_at in "/sys/class/block/${DEV##*/}" "/sys/class/block/${DEV##*/}/slaves"/*; do
                [ -e "$lun_at/device" ] || continue
                lun_at=$(readlink -f "$lun_at/device")
                case $lun_at in */session[0-9]*/target*) ;; *) continue;; esac
                lun_at=${lun_at##*/session}; lun_at=${lun_at%%/*}
                SESSIONS="$SESSIONS session$lun_at"
                # The local port changes with every new connection, also below the same session.
                for lun_connection in "/sys/class/iscsi_connection/connection$lun_at:"*; do
                    lun_word=; { read -r lun_word <"$lun_connection/local_port"; } 2>/dev/null
                    SESSIONS="$SESSIONS:$lun_word"
                done
            done
        }
        """

    /// Reports what `lun_proof` found as facts.
    static let report = """
        lun_proof
        fact proof "$PROOF"
        fact proof.sessions "$PROOF_SESSIONS"
        fact sessions "$SESSIONS"
        fact cluster.id "$CLUSTER"
        """

    private let lun: LUNReference
    private let nodes: [NodeName]
    private let observations: [NodeName: Observation]

    init(_ lun: LUNReference, on nodes: [NodeName], _ observations: [NodeName: Observation]) {
        self.lun = lun
        self.nodes = nodes
        self.observations = observations
    }

    /// What the notes begin with: another LUN, size, way to it or set of nodes needs another proof.
    var mark: String {
        let facts = nodes.first.flatMap { observations[$0] }?.facts ?? [:]
        let parts = nodes.map(\.text) + [facts["wwid"] ?? "", facts["size"] ?? "", lun.identity]
        return String(SHA256.hash(data: Data(parts.joined(separator: "\n").utf8)).hex.prefix(32))
    }

    /// Whether this node has the note of this very LUN, from whatever sessions.
    func isNoted(on node: NodeName) -> Bool { observations[node]?.facts["proof"]?.hasPrefix(mark + " ") == true }

    /// Whether the note on this node speaks of the sessions of now.
    func isFresh(on node: NodeName) -> Bool {
        guard isNoted(on: node), let facts = observations[node]?.facts, let sessions = facts["sessions"] else {
            return false
        }
        // Without its connection's port, a session may have been led to another box without a trace.
        let isWhole = sessions.split(separator: " ").dropFirst().allSatisfy { word in
            word.wholeMatch(of: /session[0-9]+(:[0-9]+)+/) != nil
        }
        return isWhole && sessions.contains(" ") && facts["proof.sessions"] == sessions
    }

    /// What to do where there is no proof.
    static let mustComeFirst = "a step lun.prove with the same LUN must come first"

    /// Why nothing may be written over on this disk, nil where it is proven on every node.
    ///
    /// - Parameter isOurs: the disk carries this cluster's mark already, so that a proof of earlier sessions will do.
    func obstacle(isOurs: Bool = false) -> String? {
        for node in nodes where !(isOurs ? isNoted(on: node) : isFresh(on: node)) {
            let why = isNoted(on: node) ? "its proof is older than its iSCSI session" : "there is no proof"
            return
                "on \(node) \(why) that every node sees the same disk as \(lun.title); \(Self.mustComeFirst)"
        }
        return nil
    }

    /// Shell source that defines `proven` and calls it: it refuses where the note is not the one that was judged.
    ///
    /// To be called again right before something is written: a disk takes hours to be read, and a session that came anew
    /// meanwhile may lead to another one. It needs `lun_find`, and what that found before.
    func check(isOurs: Bool = false) -> String {
        let sessions =
            isOurs
            ? ""
            : "\n    [ \"$PROOF_SESSIONS\" = \"$SESSIONS\" ] || refuse 'the proof that every node sees this disk is older than its iSCSI session'"
        return """
            \(Self.function)
            proven() {
                proven_at="$WWID $DEV"
                lun_find || refuse 'the LUN is gone'
                [ "$WWID $DEV" = "$proven_at" ] || refuse "this is another disk by now: $WWID, which is $DEV"
                lun_proof
                [ "${PROOF%% *}" = \(mark) ] || refuse 'there is no proof any more that every node sees this disk'\(sessions)
            }
            proven
            """
    }
}
