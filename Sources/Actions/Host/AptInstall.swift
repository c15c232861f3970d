package import Documents
package import Transport

/// Installs packages without ever asking a question, and can take away exactly what it brought.
///
/// What it brought is never guessed from what is there: see ``AptRecord``, and `docs/decisions/0017-what-apt-brought.md`.
package struct AptInstall: Action {
    package static let kind = "apt.install"

    private let packages: [String]
    private let recommends: Bool

    package let stepClass = StepClass.converge
    package let undo = Undo.bestEffort(
        "packages that this step added are removed, and purged where no data is in their folders; what others have "
            + "installed, asked for or need since, and what was upgraded on the way, stays")
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
    var resolve: String {
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
            [ -n "$missing" ] || satisfied
            \(AptRecord.isFresh)
            # As apt would do it just now; it waits for no lock, and changes nothing.
            set --; for name in $missing; do set -- "$@" "$name"; done
            if plan=$(LC_ALL=C.UTF-8 apt-get -s -q \(flags)install "$@" 2>&1); then
                \(AptRecord.readPlan)
                fact brings "${brings# }"
                [ -z "$gone" ] || refuse "apt would remove$gone to install $missing; look at it there: \\
            apt-get update && apt-get -s install $missing"
            elif is_fresh; then
                why=${plan##*E: }
                refuse "apt cannot install $missing: $(printf %s "$why" | tr '\\n' ' '); where its name is right, type there: \\
            apt-get update && apt-get -s install $missing"
            fi
            needed "not installed: $missing"
            """)
    }

    private var flags: String { recommends ? "" : "--no-install-recommends " }

    package func apply(_ node: NodeName, _ observations: [NodeName: Observation]) -> Script? {
        // The journal keeps this script before the node hears of it, and with it what apt means to bring.
        let brings = observations[node]?.words("brings").filter { $0.wholeMatch(of: /[a-z0-9+.~:=\-]+/) != nil } ?? []
        return Script(
            """
            \(resolve)
            # As apt saw it before: \(brings.isEmpty ? "nothing is known" : brings.joined(separator: " "))
            pre=$HARUN_STATE/pre
            \(AptRecord.environment)
            \(AptRecord.isFresh)
            update() { apt update && date +%s >"$stamp"; }
            \(AptRecord.waitingDpkg)
            \(AptRecord.folders)
            simulate() { plan=$(apt -s \(flags)install "$@" 2>&1); }
            install() {
                # shellcheck disable=SC2016
                logger='exec dd of="$HARUN_STATE/dpkg.$number" bs=4096 oflag=append,dsync conv=notrunc status=none'
                apt --no-remove -o DPkg::Pre-Install-Pkgs::="$HARUN_STATE/hook" \\
                    -o "DPkg::Tools::Options::$HARUN_STATE/hook::Version=3" -o "Dpkg::Options::=--status-logger=$logger" \\
                    -o Dpkg::Options::=--force-confdef -o Dpkg::Options::=--force-confold \\
                    \(flags)install "$@" </dev/null
            }
            mkdir -p /var/lib/harun "$pre" || exit 1
            # Packages that an attempt of harun's left half-configured are its own, and it finishes them.
            [ ! -e /var/lib/harun/apt-running ] || waiting_dpkg --configure -a --force-confdef --force-confold || exit 1
            is_fresh || update || exit 1
            simulate "$@" || { update && simulate "$@"; } || { printf '%s\\n' "$plan"; exit 1; }
            \(AptRecord.readPlan)
            [ -z "$gone" ] || refuse "apt would remove$gone to install $*; nothing was done"
            number=1; while [ -e "$pre/set.$number" ]; do number=$((number + 1)); done; export number
            cat >"$HARUN_STATE/hook" <<'HOOK'
            \(AptRecord.hook)
            HOOK
            chmod 700 "$HARUN_STATE/hook" || exit 1
            for name; do
                case $name in lightdm|gdm3|sddm)
                    printf '%s shared/default-x-display-manager select %s\\n' "$name" "$name" | debconf-set-selections
                    break;;
                esac
            done
            # While this mark is there, what is half-configured is harun's own.
            : >/var/lib/harun/apt-running
            install "$@"
            rc=$?
            # An archive that is not there any more; nothing was begun.
            if [ "$rc" != 0 ] && [ ! -e "$pre/set.$number" ]; then update && install "$@"; rc=$?; fi
            [ -e "$pre/set.$number" ] || { [ "$rc" != 0 ] || rm -f /var/lib/harun/apt-running; exit "$rc"; }
            # apt writes its marks at its end; those of one that failed are not looked at.
            if [ "$rc" = 0 ]; then : >"$HARUN_STATE/done.$number"; fi
            apt-mark showmanual >"$HARUN_STATE/marks.new" && mv "$HARUN_STATE/marks.new" "$HARUN_STATE/marks.$number" || exit 1
            # The files that came with these packages: what else is in their folders one day is somebody's data.
            places <"$pre/set.$number" >"$HARUN_STATE/places.$number" &&
                found_files -cnewer "$pre/set.$number" <"$HARUN_STATE/places.$number" >"$HARUN_STATE/files.new" &&
                mv "$HARUN_STATE/files.new" "$HARUN_STATE/files.$number" || exit 1
            [ "$rc" != 0 ] || rm -f /var/lib/harun/apt-running
            exit "$rc"
            """, timeout: .seconds(45 * 60), isLong: true)
    }

    package func undo(_ node: NodeName) -> Script? { AptRemoval.script(resolve: resolve) }
}
