package import Documents
import Settings
package import Steps
package import Transport

/// Logs in to one target through one portal, now and at every boot.
///
/// Never to all records at once: a target may list portals that lead to the same LUN twice.
package struct ISCSILogin: Action {
    package static let kind = "iscsi.login"

    private let portal: Portal
    private let target: String
    private let chap: ISCSIChap?
    /// Seconds until an I/O error: below what monitors and stops of the cluster may last.
    private let timeout: Int

    package let stepClass = StepClass.converge
    package let undo = Undo.bestEffort(
        "the session is ended and its record removed, but only while nothing uses the disks")
    package let scope = Scope.node
    package var summary: String { "log in to \(target) at \(portal)\(chap.map { " as \($0.user)" } ?? "")" }

    package init?(reading with: TableReader, peers: [Peer]) {
        let portal = Portal(reading: with)
        let target = with.requiredString("target")
        let isTarget = target?.wholeMatch(of: /(iqn|eui|naa)\.[A-Za-z0-9.:_\-]+/) != nil
        if let target, !isTarget {
            with.fail(
                "`target` must be a name such as \"iqn.2005-10.org.freenas.ctl:ha\", not \"\(target)\"",
                at: with.value("target")?.location ?? with.location)
        }
        timeout = with.integer("replacement_timeout", in: 1...600) ?? 20
        var chap: ISCSIChap?
        var isChapRead = true
        if let table = with.table("chap") {
            chap = ISCSIChap(table, in: with)
            isChapRead = chap != nil
        }
        guard let portal, let target, isTarget, isChapRead else { return nil }
        self.portal = portal
        self.target = target
        self.chap = chap
    }

    /// Names, and functions that find the session, its record file and its disks.
    private var words: String {
        """
        \(portal.words)
        target=\(target.shellQuoted)
        # Sets session to the sysfs folder of the session of this very target and portal.
        find_session() {
            for session in /sys/class/iscsi_session/session*; do
                [ -e "$session" ] || continue
                read -r found <"$session/targetname" || continue
                [ "$found" = "$target" ] || continue
                number=${session##*/session}
                for connection in "/sys/class/iscsi_connection/connection$number:"*; do
                    read -r found <"$connection/persistent_address" || continue
                    read -r at <"$connection/persistent_port" || continue
                    [ "$found" = "$host" ] && [ "$at" = "$port" ] && return 0
                done
            done
            session=; return 1
        }
        # Sets record to the file of this record; a folder in some versions, a file in others.
        find_record() {
            for record in "/etc/iscsi/nodes/$target/$host,$port"* "/var/lib/iscsi/nodes/$target/$host,$port"*; do
                [ ! -d "$record" ] || record=$record/default
                [ ! -f "$record" ] || return 0
            done
            record=; return 1
        }
        """
    }

    package func probe(_ node: NodeName) -> Script {
        Script(
            """
            command -v iscsiadm >/dev/null || needed 'open-iscsi is not installed yet'
            \(words)
            find_session || needed 'no session'
            read -r state <"$session/state"; fact state "$state"
            \(chap == nil ? "" : ISCSIChap.lostSession)
            [ "$state" = LOGGED_IN ] || needed "the session is in state $state"
            read -r recovery <"$session/recovery_tmo"; fact recovery_tmo "$recovery"
            [ "$recovery" = \(timeout) ] || needed "an I/O error takes $recovery s and not \(timeout)"
            shown=$(iscsiadm -m node -T "$target" -p "$portal" -o show 2>/dev/null) || needed 'no record of the target'
            startup=; replacement=; method=; user=; algorithms=
            while read -r key _ value; do
                case $key in
                node.startup) startup=$value;;
                node.session.timeo.replacement_timeout) replacement=$value;;
                node.session.auth.authmethod) method=$value;;
                node.session.auth.username) user=$value;;
                node.session.auth.chap_algs) algorithms=$value;;
                esac
            done <<END
            $shown
            END
            [ "$startup" = automatic ] || needed "node.startup is $startup"
            [ "$replacement" = \(timeout) ] || needed "replacement_timeout is $replacement"
            \(chap?.check ?? "")
            \(ISCSILoginScript.enabled)
            [ "$service" = enabled ] || needed 'open-iscsi does not start at boot'
            case $daemon in *enabled*) ;; *) needed 'iscsid does not start at boot';; esac
            luns=
            for link in \(ISCSILoginScript.disks); do
                case $link in *-part*) continue;; esac
                [ ! -b "$link" ] || luns="$luns ${link##*-lun-}"
            done
            fact luns "${luns# }"
            [ -n "$luns" ] || needed 'no LUN is there yet'
            satisfied
            """)
    }

    /// A secret that cannot be had is told before anything is done.
    package func judge(_ observations: [NodeName: Observation]) -> [NodeName: Verdict] {
        observations.mapValues { observation in
            guard let chap else { return observation.verdict }
            if observation.verdict == .satisfied { return chap.judge(observation) }
            guard case .needed = observation.verdict else { return observation.verdict }
            do throws(SecretError) {
                let flaw = ISCSIChap.flaw(of: try chap.password.read())
                return flaw.map { .refused("the CHAP password \($0)") } ?? observation.verdict
            } catch {
                return .refused("the CHAP password cannot be had: \(error)")
            }
        }
    }

    package func apply(_ node: NodeName, _ observations: [NodeName: Observation]) -> Script? {
        var input: [UInt8] = []
        if let chap {
            guard let password = try? chap.password.read() else { return Script("refuse 'the CHAP password is gone'") }
            input = Array((password + "\n").utf8)
        }
        return Script(
            """
            \(words)
            \(chap?.prove ?? "")
            \(ISCSILoginScript.saved)
            save || exit 1
            \(ISCSILoginScript.initiator)
            if [ -z "$record" ]; then
                \(ISCSILoginScript.create)
            fi
            set_option() { iscsiadm -m node -T "$target" -p "$portal" -o update -n "$1" -v "$2" || exit 1; }
            set_option node.startup automatic
            set_option node.session.timeo.replacement_timeout \(timeout)
            \(chap?.store ?? "")
            \(ISCSILoginScript.login(hasChap: chap != nil))
            # A session that was there before keeps its old figure otherwise.
            read -r now <"$session/recovery_tmo"
            [ "$now" = \(timeout) ] || echo \(timeout) >"$session/recovery_tmo" || exit 1
            \(ISCSILoginScript.boot)
            \(ISCSILoginScript.awaitDisks)
            """, input: input, timeout: .seconds(300))
    }

    package func undo(_ node: NodeName) -> Script? {
        Script(
            """
            \(words)
            \(ISCSILoginScript.takeBack)
            """, timeout: .seconds(180))
    }
}
