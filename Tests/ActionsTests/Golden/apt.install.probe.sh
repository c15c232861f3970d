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
[ -n "$missing" ] || satisfied
stamp=/var/lib/harun/apt-updated
is_fresh() {
    now=$(date +%s); last=0
    [ ! -r "$stamp" ] || read -r last <"$stamp"
    case $last in ''|*[!0-9]*) last=0;; esac
    [ "$last" -le "$now" ] && [ $((now - last)) -lt 3600 ]
}
# As apt would do it just now; it waits for no lock, and changes nothing.
set --; for name in $missing; do set -- "$@" "$name"; done
if plan=$(LC_ALL=C.UTF-8 apt-get -s -q install "$@" 2>&1); then
    gone=; brings=
while read -r verb name version _; do
    case $verb in
    Remv|Purg) gone="$gone $name";;
    Inst) case $version in \(*) brings="$brings $name=${version#?}";; esac;;
    esac
done <<PLAN
$plan
PLAN
    fact brings "${brings# }"
    [ -z "$gone" ] || refuse "apt would remove$gone to install $missing; look at it there: \
apt-get update && apt-get -s install $missing"
elif is_fresh; then
    why=${plan##*E: }
    refuse "apt cannot install $missing: $(printf %s "$why" | tr '\n' ' '); where its name is right, type there: \
apt-get update && apt-get -s install $missing"
fi
needed "not installed: $missing"
