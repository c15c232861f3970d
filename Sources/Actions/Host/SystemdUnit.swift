package import Documents
package import Steps
package import Transport

/// Enables, disables and masks systemd units, and takes exactly its own changes back.
///
/// What systemd changes on disk are symbolic links, so the undo data is the difference of all links
/// before and after, as far as it speaks of the step's units: nothing of systemd's wording is parsed, and links that
/// others made or removed meanwhile stay as they are.
package struct SystemdUnit: Action {
    package static let kind = "systemd.unit"

    private let mask: [String]
    private let enable: [String]
    private let disable: [String]
    /// Disabled without being stopped: stopping `libvirt-guests.service` shuts every guest down.
    private let disableOnly: [String]

    package let stepClass = StepClass.converge
    package let undo = Undo.exact
    package let scope = Scope.node

    package var summary: String {
        let parts = [
            ("mask", mask), ("enable", enable), ("disable", disable), ("disable for the next boot", disableOnly),
        ]
        return parts.filter { !$0.1.isEmpty }.map { "\($0.0) \($0.1.joined(separator: ", "))" }.joined(separator: "; ")
    }

    package init?(reading with: TableReader, peers: [Peer]) {
        func units(_ key: String) -> [String] {
            with.names(key, what: "full name of a unit, such as \"libvirtd.service\"", \.isUnitName) ?? []
        }
        mask = units("mask")
        enable = units("enable")
        disable = units("disable")
        disableOnly = units("disable_only")
        let all = mask + enable + disable + disableOnly
        if all.isEmpty { with.fail("a step needs `mask`, `enable`, `disable` or `disable_only`", at: with.location) }
        if Set(all).count < all.count { with.fail("a unit is named twice", at: with.location) }
        if all.isEmpty || Set(all).count < all.count { return nil }
    }

    private var all: [String] { mask + enable + disable + disableOnly }

    /// One `systemctl show` for all units; its blocks come in the order of the names.
    package func probe(_ node: NodeName) -> Script {
        let wanted =
            mask.map { "mask \($0)" } + enable.map { "enable \($0)" } + disable.map { "disable \($0)" }
            + disableOnly.map { "disable_only \($0)" }
        return Script(
            """
            shown=$(systemctl show -p UnitFileState -p ActiveState -p TriggeredBy \(all.shellWords)) || exit 1
            todo=
            # What a socket starts on demand may end when it is idle.
            any_active() {
                for socket in $1; do ! systemctl is-active --quiet "$socket" || return 0; done
                return 1
            }
            check() {
                case $1 in
                mask) case $file in masked) ;; *) todo="$todo, $2 is not masked";; esac;;
                enable)
                    case $file in enabled|static|alias|indirect|generated) ;; *) todo="$todo, $2 is not enabled";; esac
                    case $active in
                    active|activating|reloading) ;;
                    *) any_active "$sockets" || todo="$todo, $2 is not active";;
                    esac;;
                disable*)
                    case $file in enabled|enabled-runtime) todo="$todo, $2 is enabled";; esac
                    [ "$1" = disable_only ] ||
                        case $active in active|activating|reloading) todo="$todo, $2 is active";; esac;;
                esac
                fact "$2" "${file:-absent} $active"
            }
            set -- \(wanted.shellWords)
            file=; active=; sockets=
            while [ $# -gt 0 ]; do
                IFS= read -r line || line=
                case $line in
                UnitFileState=*) file=${line#*=};;
                ActiveState=*) active=${line#*=};;
                TriggeredBy=*) sockets=${line#*=};;
                '') check "${1%% *}" "${1#* }"; shift; file=; active=; sockets=;;
                esac
            done <<END
            $shown

            END
            [ -z "$todo" ] || needed "${todo#, }"
            satisfied
            """)
    }

    /// Every link that enabling, disabling and masking can touch; with tests of `find`, those that pass them.
    private static let links = """
        # shellcheck disable=SC2120
        links() { find /etc/systemd/system /etc/rc?.d -type l "$@" -printf '%p %l\\n' 2>/dev/null | LC_ALL=C sort; }
        """

    private static let limit = Duration.seconds(180)

    package func apply(_ node: NodeName, _ observations: [NodeName: Observation]) -> Script? {
        var work: [String] = []
        if !mask.isEmpty { work.append("systemctl --quiet mask \(mask.shellWords)") }
        if !enable.isEmpty { work.append("systemctl --quiet enable --now \(enable.shellWords)") }
        if !disable.isEmpty { work.append("disable --now \(disable.shellWords)") }
        if !disableOnly.isEmpty { work.append("disable '' \(disableOnly.shellWords)") }
        return Script(
            """
            \(Self.links)
            # A unit that does not exist is as disabled as it can be.
            disable() {
                how=$1; shift
                for unit; do
                    if systemctl cat "$unit" >/dev/null 2>&1; then systemctl --quiet disable ${how:+"$how"} "$unit" || return; fi
                done
            }
            \(PreImage.words)
            states() {
                for unit in \((enable + disable).shellWords); do
                    printf '%s %s\\n' "$unit" "$(systemctl is-active "$unit")"
                done
            }
            # What a unit brings along when it is enabled is this step's too.
            along() { systemctl cat \(all.shellWords) 2>/dev/null | sed -n 's/^Also=//p' | tr -s ' ' '\\n'; }
            keep_output states states && keep_output along along && keep_output links links || exit 1
            \(work.joined(separator: " &&\n"))
            rc=$?
            # shellcheck disable=SC2119
            links >"$HARUN_STATE/after" || exit 1
            exit "$rc"
            """, timeout: Self.limit)
    }

    package func undo(_ node: NodeName) -> Script? {
        Script(
            """
            \(Self.links)
            cd "$HARUN_STATE" || exit 1
            [ -e pre/links ] || exit 0
            # An apply that was cut off left no list. What it made, it made within its time; what is younger is others'.
            if [ ! -e after ]; then
                began=$(date -r pre/links +%s) || exit 1
                links ! -newerct "@$((began + \(Self.limit.components.seconds)))" >after.new && mv after.new after || exit 1
            fi
            # Units that were started are stopped while systemd still knows them as they are.
            while read -r unit was; do
                case $was in inactive|failed|unknown) ! systemctl is-active --quiet "$unit" || systemctl stop "$unit" || exit 1;; esac
            done <pre/states
            # Whoever made or removed links of other units meanwhile has them as they are.
            own() {
                awk -v units="\(all.joined(separator: " ")) $(cat pre/along 2>/dev/null)" '
                    BEGIN { count = split(units, names, /[ \\n]+/); for (i = 1; i <= count; i++) ours[names[i]] }
                    { link = $1; target = $2; sub(/.*\\//, "", link); sub(/.*\\//, "", target) }
                    link in ours || target in ours || (target ".service") in ours'
            }
            LC_ALL=C comm -13 pre/links after | own | while read -r link target; do
                [ "$(readlink "$link")" != "$target" ] || rm -f "$link"
            done
            LC_ALL=C comm -23 pre/links after | own | while read -r link target; do
                [ -e "$link" ] || [ -L "$link" ] || { mkdir -p "${link%/*}" && ln -s "$target" "$link"; }
            done
            systemctl daemon-reload || exit 1
            while read -r unit was; do
                case $was in active) systemctl is-active --quiet "$unit" || systemctl start "$unit" || exit 1;; esac
            done <pre/states
            exit 0
            """, timeout: .seconds(180))
    }
}
