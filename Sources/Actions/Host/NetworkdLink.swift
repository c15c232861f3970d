import Transport

/// Whether systemd-networkd, which Ubuntu's netplan writes for, takes an address away that is not its own.
///
/// It does when it is started again, as each upgrade of systemd does, and the cluster believes that the address is there until its
/// next monitor: seen with systemd 257 and 262, while 252 leaves it. `KeepConfiguration=static` prevents it
/// (systemd.network(5); `findings/networkd-takes-the-floating-address.sh`).
enum NetworkdLink {
    /// Shell source that reports `networkd.file`, the file that manages `$nic`, where that does not keep addresses.
    static let probe = """
        index=; file=; keeps=
        [ -z "$nic" ] || [ ! -r "/sys/class/net/$nic/ifindex" ] || read -r index <"/sys/class/net/$nic/ifindex"
        if [ -n "$index" ] && [ -r "/run/systemd/netif/links/$index" ]; then
            while IFS='=' read -r key value; do
                case $key in NETWORK_FILE) file=$value;; esac
            done <"/run/systemd/netif/links/$index"
            name=${file##*/}
            for part in "$file" "/usr/lib/systemd/network/$name.d"/*.conf "/run/systemd/network/$name.d"/*.conf \\
                "/etc/systemd/network/$name.d"/*.conf; do
                [ -r "$part" ] || continue
                while IFS=' =' read -r key value; do
                    case $key in KeepConfiguration) keeps=$value;; esac
                done <"$part"
            done
            case $keeps in static | yes | true | on | 1) ;; *) [ -z "$file" ] || fact networkd.file "$file";; esac
        fi
        """

    /// What to know of a node, and what to type there; nil where nothing takes the address away.
    static func remark(_ facts: [String: String]) -> String? {
        guard let file = facts["networkd.file"], let nic = facts["nic"], let name = file.split(separator: "/").last
        else {
            return nil
        }
        let folder = "/etc/systemd/network/\(name).d".shellQuoted
        return
            "systemd-networkd manages \(nic), and from some release on takes the floating address away whenever it is started "
            + "again, as an upgrade of systemd does; to keep it, type there: mkdir -p \(folder) && "
            + "printf '[Network]\\nKeepConfiguration=static\\n' >\(folder)/harun.conf"
    }
}
