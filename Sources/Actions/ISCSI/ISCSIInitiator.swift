package import Documents
package import Steps
package import Transport

/// Gives every node an initiator name of its own.
///
/// Cloned machines share one, and the target then takes two nodes for one: their sessions throw each
/// other out, and reservations protect nothing.
package struct ISCSIInitiator: Action {
    package static let kind = "iscsi.initiator"

    private let peers: [Peer]

    package let stepClass = StepClass.converge
    package let undo = Undo.bestEffort("the earlier name comes back only while no iSCSI session is open")
    package let scope = Scope.fleet
    package var summary: String { "make sure that no two nodes share an iSCSI initiator name" }

    package init?(reading with: TableReader, peers: [Peer]) { self.peers = peers }

    /// Sets `initiator` to the name by which targets know this node, empty where it has none.
    static let name = """
        initiator=
        if [ -r /etc/iscsi/initiatorname.iscsi ]; then
            while read -r line || [ -n "$line" ]; do
                case $line in InitiatorName=*) initiator=${line#*=};; esac
            done </etc/iscsi/initiatorname.iscsi
        fi
        """

    package func probe(_ node: NodeName) -> Script {
        Script(
            """
            \(Self.name)
            sessions=0
            for session in /sys/class/iscsi_session/session*; do [ ! -e "$session" ] || sessions=$((sessions + 1)); done
            fact name "$initiator"
            fact sessions "$sessions"
            satisfied
            """)
    }

    /// One node of those that share a name keeps it: the one with open sessions, or the first.
    package func judge(_ observations: [NodeName: Observation]) -> [NodeName: Verdict] {
        var verdicts = observations.mapValues(\.verdict)
        let known = peers.map(\.name).filter { verdicts[$0] == .satisfied }
        let sharing = Dictionary(grouping: known) { observations[$0]?.facts["name"]?.lowercased() ?? "" }
        for (name, nodes) in sharing where !name.isEmpty && nodes.count > 1 {
            let keeper = nodes.first { isOpen(observations[$0]) } ?? nodes[0]
            for node in nodes where node != keeper {
                verdicts[node] =
                    isOpen(observations[node])
                    ? .refused(
                        "it shares the initiator name \(name) with \(keeper), and both have open iSCSI sessions; stop what "
                            + "uses them on \(node) and type there: iscsiadm -m node --logoutall=all")
                    : .needed("it shares the initiator name \(name) with \(keeper), as cloned machines do")
            }
        }
        for peer in peers where observations[peer.name] == nil { verdicts[peer.name] = .failed("it was not looked at") }
        return verdicts
    }

    private func isOpen(_ observation: Observation?) -> Bool { observation?.facts["sessions"] != "0" }

    package func apply(_ node: NodeName, _ observations: [NodeName: Observation]) -> Script? {
        guard case .needed? = judge(observations)[node] else { return nil }
        return Script(
            """
            \(PreImage.words)
            set -e
            file=/etc/iscsi/initiatorname.iscsi
            for session in /sys/class/iscsi_session/session*; do
                [ ! -e "$session" ] || refuse 'an iSCSI session is open, and its name must not change'
            done
            keep initiatorname "$file"
            read -r random </proc/sys/kernel/random/uuid
            head=${random%%-*}; random=${random#*-}
            umask 077
            printf 'InitiatorName=iqn.1993-08.org.debian:01:%s%s\\n' "$head" "${random%%-*}" >"$file.harun"
            mv -f "$file.harun" "$file"
            if systemctl is-active --quiet iscsid; then systemctl restart iscsid; fi
            """)
    }

    package func undo(_ node: NodeName) -> Script? {
        Script(
            """
            \(PreImage.words)
            set -e
            [ -e "$pre/initiatorname" ] || exit 0
            rm -f /etc/iscsi/initiatorname.iscsi.harun
            cmp -s "$pre/initiatorname" /etc/iscsi/initiatorname.iscsi && exit 0
            for session in /sys/class/iscsi_session/session*; do
                [ ! -e "$session" ] || refuse 'the initiator name stays: an iSCSI session is open'
            done
            [ -d /etc/iscsi ] || exit 0
            put_back initiatorname /etc/iscsi/initiatorname.iscsi
            if systemctl is-active --quiet iscsid; then systemctl restart iscsid; fi
            """)
    }
}
