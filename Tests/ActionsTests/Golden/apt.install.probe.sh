names=
. /etc/os-release
for name in pacemaker resource-agents lightdm; do
    case $ID.$name in
    ubuntu.resource-agents|ubuntu.fence-agents) names="$names $name-base $name-extra";;
    *) names="$names $name";;
    esac
done
set --; for name in $names; do set -- "$@" "$name"; done
check() {
    missing=" $* "
    found=$(dpkg-query -W -f='${db:Status-Status} ${Package}\n' "$@" 2>/dev/null) || :
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
check "$@"
[ -z "$missing" ] || needed "not installed: $missing"
satisfied
