package import Documents
package import Transport

/// Installs packages without ever asking a question, and can purge exactly what it brought.
package struct AptInstall: Action {
    package static let kind = "apt.install"

    private let packages: [String]
    private let recommends: Bool

    package let stepClass = StepClass.converge
    package let undo = Undo.bestEffort(
        "packages that this step added are purged; data that they wrote, and what was upgraded on the way, stays")
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

    /// What dpkg knows of every package, with its selection; and the names of those that are installed.
    private static let listing = """
        listing() { dpkg-query -W -f='${db:Status-Want} ${db:Status-Status} ${binary:Package}\\n'; }
        installed() { sed -n 's/^[^ ]* installed //p' | LC_ALL=C sort; }
        """

    package func apply(_ node: NodeName, _ observations: [NodeName: Observation]) -> Script? {
        Script(
            """
            \(resolve)
            \(PreImage.words)
            export DEBIAN_FRONTEND=noninteractive NEEDRESTART_SUSPEND=1 APT_LISTCHANGES_FRONTEND=none LC_ALL=C.UTF-8
            \(Self.listing)
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
            keep_output packages listing && keep_output manual apt-mark showmanual || exit 1
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
            listing | installed >"$HARUN_STATE/after" || exit 1
            installed <"$pre/packages" | LC_ALL=C comm -13 - "$HARUN_STATE/after" >"$HARUN_STATE/added.new" &&
                mv "$HARUN_STATE/added.new" "$HARUN_STATE/added" || exit 1
            [ "$rc" != 0 ] || rm -f /var/lib/harun/apt-running
            exit "$rc"
            """, timeout: .seconds(45 * 60), isLong: true)
    }

    package func undo(_ node: NodeName) -> Script? {
        Script(
            """
            \(PreImage.words)
            export DEBIAN_FRONTEND=noninteractive NEEDRESTART_SUSPEND=1 LC_ALL=C.UTF-8
            \(Self.listing)
            apt() { apt-get -q -y -o DPkg::Lock::Timeout=300 -o APT::Get::AutomaticRemove=false "$@"; }
            kept manual || exit 0
            [ -z "$(dpkg --audit)" ] || dpkg --configure -a --force-confdef --force-confold </dev/null || exit 1
            listing | installed >"$HARUN_STATE/now" || exit 1
            # An apply that was cut off left no list: what is there now is its work.
            if [ -e "$HARUN_STATE/added" ]; then
                LC_ALL=C comm -12 "$HARUN_STATE/added" "$HARUN_STATE/now" >"$HARUN_STATE/left"
            else
                installed <"$pre/packages" | LC_ALL=C comm -13 - "$HARUN_STATE/now" >"$HARUN_STATE/left"
            fi
            # Naming a package to apt marks it as wanted by hand, also where it was there already.
            marks_as_before() {
                \(resolve)
                before=" $(installed <"$pre/packages" | tr '\\n' ' ')"; manual=" $(tr '\\n' ' ' <"$pre/manual")"; marks=
                for name; do
                    case $before in *" $name "*) ;; *) continue;; esac
                    case $manual in *" $name "*) ;; *) marks="$marks $name";; esac
                done
                # shellcheck disable=SC2086
                [ -z "$marks" ] || apt-mark auto $marks
            }
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
            if [ $# = 0 ]; then marks_as_before && rm -f /var/lib/harun/apt-running; exit; fi
            plan=$(apt -s purge "$@") || exit 1
            while read -r verb name _; do
                case $verb in Remv|Purg) has "${name%%:*}" || refuse "purging would also remove $name, which harun did not install";; esac
            done <<END
            $plan
            END
            # What had been removed before, but not purged, keeps its settings.
            settings=' '
            while read -r _ status name; do
                [ "$status" != config-files ] || settings="$settings${name%%:*} "
            done <"$pre/packages"
            purge=; remove=
            for name; do case $settings in *" $name "*) remove="$remove $name";; *) purge="$purge $name";; esac; done
            # shellcheck disable=SC2086
            {
                [ -z "$remove" ] || apt remove $remove </dev/null || exit 1
                [ -z "$purge" ] || apt purge $purge </dev/null || exit 1
            }
            marks_as_before && rm -f /var/lib/harun/apt-running
            """, timeout: .seconds(45 * 60), isLong: true)
    }
}
