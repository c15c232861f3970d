package import Steps
import Transport

/// Asks one node, in one round trip and few processes, for what no step of a plan asks: how the cluster lives.
package enum StatusScript {
    /// - Parameters:
    ///   - mount: where the shared file system is mounted when it is.
    ///   - vm: the virtual machine's name.
    ///   - address: the floating address without its prefix length.
    ///   - target: the iSCSI target, of which each session's state is reported, or `none`.
    package static func script(mount: String?, vm: String?, address: String?, target: String?) -> Script {
        Script(
            """
            ! command -v corosync-cfgtool >/dev/null || corosync-cfgtool -s 2>&1 | blob links
            read -r uptime rest </proc/uptime && fact uptime "${uptime%.*}"
            M=\((mount ?? "").shellQuoted); V=\((vm ?? "").shellQuoted); A=\((address ?? "").shellQuoted)
            while read -r dev dir rest; do
                [ -n "$M" ] && [ "$dir" = "$M" ] || continue
                fact mount "$dev"; linked=no
                for l in /dev/disk/by-id/wwn-*; do [ ! "$l" -ef "$dev" ] || linked=yes; done
                fact mount.linked "$linked"
            done </proc/mounts
            for f in /run/libvirt/qemu/"$V".pid; do
                [ -n "$V" ] && [ -r "$f" ] && read -r pid <"$f" && [ -d "/proc/$pid" ] && fact vm "$pid" || continue
                [ ! -r "${f%.pid}.xml" ] || while IFS="'" read -r word state _ why _; do
                    case $word in
                    '<domstatus state=')
                        # The others are libvirt's own, for moments: a start, a dump, a snapshot.
                        case $state.$why in paused.user | paused.ioerror | paused.watchdog | paused.crashed | paused.unknown)
                            fact vm.paused "$why"; fact vm.name "$V";;
                        esac
                        break;;
                    esac
                done <"${f%.pid}.xml"
            done
            [ -n "$A" ] && case $(ip -o addr show to "$A") in '') ;; *) fact address "$A";; esac
            T=\((target ?? "").shellQuoted); states=; stale=
            \(ISCSIChapSession.words)
            for s in /sys/class/iscsi_session/session*; do
                [ -r "$s/state" ] && read -r name <"$s/targetname" && [ "$name" = "$T" ] || continue
                read -r state <"$s/state" && states="$states $state"
                for c in "/sys/class/iscsi_connection/connection${s##*/session}:"*; do
                    read -r at <"$c/persistent_address" && read -r port <"$c/persistent_port" || continue
                    for record in "/etc/iscsi/nodes/$T/$at,$port"* "/var/lib/iscsi/nodes/$T/$at,$port"*; do
                        [ ! -d "$record" ] || record=$record/default
                        [ ! -f "$record" ] || ! chap_stale "$s" "$record" || stale=yes
                    done
                done
            done
            states=${states# }; [ -z "$T" ] || fact iscsi "${states:-none}"
            [ -z "$stale" ] || fact iscsi.stale yes
            for p in /var/lib/harun/proofs/*; do
                [ -r "$p" ] && fact "proof.${p##*/}" "$(tr '\\n' ' ' <"$p")"
            done
            satisfied
            """, asking: [PacemakerStatus.question], timeout: .seconds(30))
    }
}
