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
export DEBIAN_FRONTEND=noninteractive NEEDRESTART_SUSPEND=1 APT_LISTCHANGES_FRONTEND=none LC_ALL=C.UTF-8
installed() {
    dpkg-query -W -f='${db:Status-Status} ${binary:Package}\n' | sed -n 's/^installed //p' | LC_ALL=C sort
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
    apt -o Dpkg::Options::=--force-confdef -o Dpkg::Options::=--force-confold \
        install "$@" </dev/null
}
mkdir -p /var/lib/harun || exit 1
[ -e "$HARUN_STATE/before" ] ||
    { installed >"$HARUN_STATE/before.new" && mv "$HARUN_STATE/before.new" "$HARUN_STATE/before"; } || exit 1
# While this mark is there, half-configured packages are harun's own, and it finishes them.
: >/var/lib/harun/apt-running
[ -z "$(dpkg --audit)" ] || dpkg --configure -a --force-confdef --force-confold </dev/null || exit 1
for name; do
    case $name in lightdm|gdm3|sddm)
        printf '%s shared/default-x-display-manager select %s\n' "$name" "$name" | debconf-set-selections
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
