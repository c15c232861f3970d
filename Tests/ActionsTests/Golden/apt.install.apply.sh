names=
. /etc/os-release
for name in pacemaker resource-agents lightdm; do
    case $ID.$name in
    ubuntu.resource-agents|ubuntu.fence-agents) names="$names $name-base $name-extra";;
    *) names="$names $name";;
    esac
done
set --; for name in $names; do set -- "$@" "$name"; done
pre=$HARUN_STATE/pre
kept() { [ -e "$pre/$1" ] || [ -e "$pre/$1.absent" ]; }
keep() {
    ! kept "$1" || return 0
    [ -d "$pre" ] || mkdir -p "$pre" || return
    if [ -e "$2" ]; then cp -p "$2" "$pre/.new" && sync "$pre/.new" && mv "$pre/.new" "$pre/$1"; else : >"$pre/$1.absent"; fi
}
keep_output() {
    ! kept "$1" || return 0
    [ -d "$pre" ] || mkdir -p "$pre" || return
    kept_as=$1; shift
    "$@" >"$pre/.new" && sync "$pre/.new" && mv "$pre/.new" "$pre/$kept_as"
}
put_back() {
    if [ -e "$pre/$1" ]; then cp -p "$pre/$1" "$2.harun" && mv -f "$2.harun" "$2"
    elif [ -e "$pre/$1.absent" ]; then rm -f "$2" "$2.harun"; fi
}
export DEBIAN_FRONTEND=noninteractive NEEDRESTART_SUSPEND=1 APT_LISTCHANGES_FRONTEND=none LC_ALL=C.UTF-8
listing() { dpkg-query -W -f='${db:Status-Want} ${db:Status-Status} ${binary:Package}\n'; }
installed() { sed -n 's/^[^ ]* installed //p' | LC_ALL=C sort; }
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
keep_output packages listing && keep_output manual apt-mark showmanual || exit 1
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
listing | installed >"$HARUN_STATE/after" || exit 1
installed <"$pre/packages" | LC_ALL=C comm -13 - "$HARUN_STATE/after" >"$HARUN_STATE/added.new" &&
    mv "$HARUN_STATE/added.new" "$HARUN_STATE/added" || exit 1
[ "$rc" != 0 ] || rm -f /var/lib/harun/apt-running
exit "$rc"
