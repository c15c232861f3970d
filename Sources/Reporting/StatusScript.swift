package import Actions
import Transport

/// Asks one node, in one round trip and few processes, for what the status screen shows.
package enum StatusScript {
    /// - Parameters:
    ///   - mount: where the shared file system is mounted when it is.
    ///   - vm: the virtual machine's name.
    ///   - address: the floating address without its prefix length.
    ///   - target: the iSCSI target, of which each session's state is reported, or `none`.
    package static func script(mount: String?, vm: String?, address: String?, target: String?) -> Script {
        Script(
            """
            crm_mon -1 --output-as=xml 2>/dev/null | blob status
            read -r uptime rest </proc/uptime && fact uptime "${uptime%.*}"
            M=\((mount ?? "").shellQuoted); V=\((vm ?? "").shellQuoted); A=\((address ?? "").shellQuoted)
            while read -r dev dir rest; do [ -n "$M" ] && [ "$dir" = "$M" ] && fact mount "$dev"; done </proc/mounts
            for f in /run/libvirt/qemu/"$V".pid; do
                [ -n "$V" ] && [ -r "$f" ] && read -r pid <"$f" && [ -d "/proc/$pid" ] && fact vm "$pid"
            done
            [ -n "$A" ] && case $(ip -o addr show to "$A") in '') ;; *) fact address "$A";; esac
            T=\((target ?? "").shellQuoted); states=
            for s in /sys/class/iscsi_session/session*; do
                [ -r "$s/state" ] && read -r name <"$s/targetname" && [ "$name" = "$T" ] || continue
                read -r state <"$s/state" && states="$states $state"
            done
            states=${states# }; [ -z "$T" ] || fact iscsi "${states:-none}"
            for p in /var/lib/harun/proofs/*; do
                [ -r "$p" ] && fact "proof.${p##*/}" "$(tr '\\n' ' ' <"$p")"
            done
            satisfied
            """, timeout: .seconds(30))
    }
}
