package import Documents
import Settings
package import Steps
package import Transport

/// Takes the shared disk out of `/etc/fstab`: what the cluster mounts on one node must not be mounted by
/// every node at boot.
package struct FstabClean: Action {
    package static let kind = "fstab.clean"

    private let lun: LUNReference
    private let mount: String

    package let stepClass = StepClass.converge
    package let undo = Undo.exact
    package let scope = Scope.node
    package var summary: String { "keep \(lun.title) and \(mount) out of /etc/fstab" }

    package init?(reading with: TableReader, peers: [Peer]) {
        let mount = with.requiredPath("mount")
        let lun = LUNReference(reading: with)
        guard let mount, let lun else { return nil }
        self.mount = mount
        self.lun = lun
    }

    /// How an entry is recognised without the LUN being there: by its path through the portal, or by its WWID.
    ///
    /// Another portal's path may be another box's disk of the same target name; it counts where it leads to the LUN.
    private var namePattern: String {
        var names: [String] = []
        switch lun.name {
        case .number(let number, let session, let wwid):
            // udev writes an IPv6 address without brackets, and numbers beyond 255 in hexadecimal.
            let hex = String(number, radix: 16)
            let unit =
                number < 256 ? "\(number)" : "0x" + String(repeating: "0", count: 4 - hex.count) + hex + "000000000000"
            for host in [session.portal.host] + (session.portal.host.contains(":") ? ["[\(session.portal.host)]"] : [])
            {
                names.append("*" + "ip-\(host):\(session.portal.port)-iscsi-\(session.target)-lun-\(unit)".shellQuoted)
            }
            if let wwid { names.append("*/" + "wwn-\(wwid)".shellQuoted) }
        case .wwid(let wwid, _): names = ["*/" + "wwn-\(wwid)".shellQuoted]
        }
        return names.map { "\($0)|\($0)-part*" }.joined(separator: "|")
    }

    /// `is_ours LINE`: whether an entry mounts the LUN, by whatever name, or something at the mount point.
    private var words: String {
        """
        \(lun.findFunction)
        mount=\(mount.shellQuoted)
        lun_find || { DEV=; WWID=; }
        is_ours() {
            read -r source at _ <<END
        $1
        END
            case $source in ''|'#'*) return 1;; esac
            [ -n "$at" ] || return 1
            [ "${at%/}" != "$mount" ] || return 0
            case $source in *'="'*'"') source=${source%%=*}=${source#*=\\"}; source=${source%\\"};; esac
            case $source in
            UUID=*) source=/dev/disk/by-uuid/${source#*=};;
            LABEL=*) source=/dev/disk/by-label/${source#*=};;
            PARTUUID=*) source=/dev/disk/by-partuuid/${source#*=};;
            PARTLABEL=*) source=/dev/disk/by-partlabel/${source#*=};;
            ID=*) source=/dev/disk/by-id/${source#*=};;
            esac
            case $source in
            \(namePattern)) ;;
            /dev/*)
                [ -n "$DEV" ] || return 1
                [ -e "$source" ] || return 1
                real=$(readlink -f "$source")
                case $real in "$DEV"|"$DEV"[0-9]*|"$DEV"p[0-9]*) ;;
                *)  # A path below multipath, or another one to the same LUN.
                    real=${real##*/}; { read -r real <"/sys/class/block/${real%%[0-9]*}/device/wwid"; } 2>/dev/null || return 1
                    [ "$real" = "naa.${WWID#0x}" ] || return 1;;
                esac;;
            *) return 1;;
            esac
            case $at in
            /|/boot|/boot/*|/usr|/var|/home) refuse "the LUN is this node's own $at in /etc/fstab; it cannot be shared";;
            esac
            return 0
        }
        # Mounted outside of the cluster, the file system would be used by two nodes sooner or later.
        check_mounted() {
            number=none
            [ -z "$DEV" ] || read -r number <"/sys/class/block/${DEV##*/}/dev" || return
            while read -r _ _ at _ where _; do
                [ "$at" = "$number" ] || [ "$where" = "$mount" ] || continue
                [ "$at" = "$number" ] || [ "$number" = none ] ||
                    refuse "another disk is mounted at $mount; unmount it, or give storage another mount point"
                if [ "$where" = "$mount" ] && systemctl is-active --quiet pacemaker && cibadmin -Q --xpath \\
                    "//primitive[@type='Filesystem']//nvpair[@name='directory' and @value='$mount']" >/dev/null 2>&1
                then continue; fi
                refuse "it is mounted at $where, but not by the cluster; stop what uses it and type: umount $where"
            done </proc/self/mountinfo
            for unit in /etc/systemd/system/*.mount /etc/systemd/system/*.automount; do
                [ -e "$unit" ] || continue
                while IFS='=' read -r key value; do
                    [ "$key=${value%/}" = "Where=$mount" ] || continue
                    refuse "the unit ${unit##*/} mounts $mount too; type: systemctl disable --now ${unit##*/}; rm $unit"
                done <"$unit"
            done
        }
        """
    }

    package func probe(_ node: NodeName) -> Script {
        Script(
            """
            \(words)
            check_mounted
            [ -e /etc/fstab ] || satisfied
            entries=
            while IFS= read -r line || [ -n "$line" ]; do
                ! is_ours "$line" || entries="$entries, $source at $at"
            done </etc/fstab
            [ -z "$entries" ] || needed "/etc/fstab mounts ${entries#, }"
            satisfied
            """)
    }

    package func apply(_ node: NodeName, _ observations: [NodeName: Observation]) -> Script? {
        Script(
            """
            \(words)
            check_mounted
            \(PreImage.words)
            keep fstab /etc/fstab || exit 1
            cp -p /etc/fstab /etc/fstab.harun || exit 1
            while IFS= read -r line || [ -n "$line" ]; do
                if is_ours "$line"; then printf '# harun: %s\\n' "$line"; else printf '%s\\n' "$line"; fi
            done </etc/fstab >/etc/fstab.harun || exit 1
            sync /etc/fstab.harun && cp -p /etc/fstab.harun "$HARUN_STATE/after" && mv -f /etc/fstab.harun /etc/fstab &&
                systemctl daemon-reload
            """)
    }

    package func undo(_ node: NodeName) -> Script? {
        Script(
            """
            \(PreImage.words)
            [ -e "$pre/fstab" ] || exit 0
            if cmp -s /etc/fstab "$pre/fstab"; then rm -f /etc/fstab.harun; exit 0; fi
            cmp -s /etc/fstab "$HARUN_STATE/after" ||
                refuse "/etc/fstab was changed since; take the mark '# harun: ' off its lines yourself"
            cp -p "$pre/fstab" /etc/fstab.harun && sync /etc/fstab.harun && mv -f /etc/fstab.harun /etc/fstab &&
                systemctl daemon-reload
            """)
    }
}
