package import Documents
package import Transport

/// Installs packages without ever asking a question, and can purge exactly what it brought.
package struct AptInstall: Action {
    package static let kind = "apt.install"

    private let packages: [String]
    private let recommends: Bool

    package let stepClass = StepClass.converge
    package let undo = Undo.bestEffort("packages that this step added are purged; data that they wrote may stay")
    package let scope = Scope.node
    package var summary: String { "install \(packages.joined(separator: " "))" }

    package init?(reading with: TableReader, peers: [Peer]) {
        let names = with.names("packages", what: "name of a package") {
            $0.wholeMatch(of: /[a-z0-9][a-z0-9+.\-]+/) != nil
        }
        recommends = with.boolean("recommends") ?? true
        if with.value("packages") == nil { _ = with.required("packages") }
        guard let names else { return nil }
        if names.isEmpty { with.fail("`packages` must not be empty", at: with.location) }
        if names.isEmpty { return nil }
        packages = names
    }

    /// Sets the positional parameters to the names that this release knows the packages by.
    ///
    /// Ubuntu splits the agents in two and leaves Filesystem and VirtualDomain out of the part that
    /// pacemaker pulls in.
    private var resolve: String {
        """
        names=
        . /etc/os-release
        for name in \(packages.shellWords); do
            case $ID.$name in
            ubuntu.resource-agents|ubuntu.fence-agents) names="$names $name-base $name-extra";;
            *) names="$names $name";;
            esac
        done
        set --; for name in $names; do set -- "$@" "$name"; done
        """
    }

    /// Sets `missing`, with one process.
    private static let check = """
        check() {
            missing=" $* "
            found=$(dpkg-query -W -f='${db:Status-Status} ${Package}\\n' "$@" 2>/dev/null) || :
            while read -r status name; do
                case $status in installed)
                    while :; do
                        case $missing in
                        *" $name "*) missing="${missing%% "$name" *} ${missing#* "$name" }";;
                        *) break;;
                        esac
                    done;;
                esac
            done <<END
        $found
        END
            set --; for name in $missing; do set -- "$@" "$name"; done; missing=$*
        }
        """

    package func probe(_ node: NodeName) -> Script {
        Script(
            """
            \(resolve)
            \(Self.check)
            check "$@"
            [ -z "$missing" ] || needed "not installed: $missing"
            satisfied
            """)
    }

    package func apply(_ node: NodeName, _ observations: [NodeName: Observation]) -> Script? {
        Script(
            """
            \(resolve)
            \(Self.check)
            export DEBIAN_FRONTEND=noninteractive NEEDRESTART_SUSPEND=1 APT_LISTCHANGES_FRONTEND=none LC_ALL=C.UTF-8
            installed() {
                dpkg-query -W -f='${db:Status-Status} ${binary:Package}\\n' | sed -n 's/^installed //p' | LC_ALL=C sort
            }
            apt() { apt-get -q -y -o DPkg::Lock::Timeout=300 -o APT::Get::AutomaticRemove=false "$@"; }
            stamp=/var/lib/harun/apt-updated
            fresh() {
                now=$(date +%s); last=0
                [ ! -r "$stamp" ] || read -r last <"$stamp"
                case $last in ''|*[!0-9]*) last=0;; esac
                [ "$last" -le "$now" ] && [ $((now - last)) -lt 3600 ]
            }
            update() { apt update && date +%s >"$stamp"; }
            install() {
                apt -o Dpkg::Options::=--force-confdef -o Dpkg::Options::=--force-confold \\
                    \(recommends ? "" : "--no-install-recommends ")install "$@" </dev/null
            }
            mkdir -p /var/lib/harun || exit 1
            [ -e "$HARUN_STATE/before" ] ||
                { installed >"$HARUN_STATE/before.new" && mv "$HARUN_STATE/before.new" "$HARUN_STATE/before"; } || exit 1
            # While this mark is there, half-configured packages are harun's own, and it finishes them.
            : >/var/lib/harun/apt-running
            [ -z "$(dpkg --audit)" ] || dpkg --configure -a --force-confdef --force-confold </dev/null || exit 1
            for name; do
                case $name in lightdm|gdm3|sddm)
                    printf '%s shared/default-x-display-manager select %s\\n' "$name" "$name" | debconf-set-selections
                    break;;
                esac
            done
            if fresh; then
                install "$@" || { update && install "$@"; }
            else
                update && install "$@"
            fi
            rc=$?
            installed >"$HARUN_STATE/after" || exit 1
            LC_ALL=C comm -13 "$HARUN_STATE/before" "$HARUN_STATE/after" >"$HARUN_STATE/added"
            [ "$rc" != 0 ] || rm -f /var/lib/harun/apt-running
            exit "$rc"
            """, timeout: .seconds(45 * 60), isLong: true)
    }

    package func undo(_ node: NodeName) -> Script? {
        Script(
            """
            export DEBIAN_FRONTEND=noninteractive NEEDRESTART_SUSPEND=1 LC_ALL=C.UTF-8
            apt() { apt-get -q -y -o DPkg::Lock::Timeout=300 -o APT::Get::AutomaticRemove=false "$@"; }
            [ -e "$HARUN_STATE/before" ] || exit 0
            [ -z "$(dpkg --audit)" ] || dpkg --configure -a --force-confdef --force-confold </dev/null || exit 1
            dpkg-query -W -f='${db:Status-Status} ${binary:Package}\\n' | sed -n 's/^installed //p' |
                LC_ALL=C sort >"$HARUN_STATE/now" || exit 1
            if [ -e "$HARUN_STATE/added" ]; then
                LC_ALL=C comm -12 "$HARUN_STATE/added" "$HARUN_STATE/now" >"$HARUN_STATE/left"
            else
                LC_ALL=C comm -13 "$HARUN_STATE/before" "$HARUN_STATE/now" >"$HARUN_STATE/left"
            fi
            list=' '
            while read -r name; do list="$list${name%%:*} "; done <"$HARUN_STATE/left"
            has() { case $list in *" $1 "*) true;; *) false;; esac; }
            any() { for path; do [ ! -e "$path" ] || return 0; done; return 1; }
            if has open-iscsi && any /sys/class/iscsi_session/session*; then
                refuse 'open-iscsi stays: an iSCSI session is open, and purging would remove its settings'
            fi
            if has libvirt-daemon-system && any /etc/libvirt/qemu/*.xml /var/lib/libvirt/images/*; then
                refuse 'libvirt stays: this node has virtual machines or their disks'
            fi
            if has corosync && [ -e /etc/corosync/corosync.conf ] && [ -z "$(dpkg --verify corosync)" ]; then :
            elif has corosync && systemctl is-active --quiet corosync; then
                refuse 'the cluster packages stay: this node runs a cluster'
            fi
            set --; for name in $list; do set -- "$@" "$name"; done
            [ $# -gt 0 ] || exit 0
            plan=$(apt -s purge "$@") || exit 1
            while read -r verb name _; do
                case $verb in Remv|Purg) has "${name%%:*}" || refuse "purging would also remove $name, which harun did not install";; esac
            done <<END
            $plan
            END
            apt purge "$@" </dev/null && rm -f /var/lib/harun/apt-running
            """, timeout: .seconds(45 * 60), isLong: true)
    }
}
