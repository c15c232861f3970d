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
kept enabled || exit 0
read -r was <"$pre/enabled" || was=
opened() {
    for folder in /proc/[0-9]*; do
        comm=; read -r comm 2>/dev/null <"$folder/comm" || :
        [ "$comm" = sbd ] || continue
        for file in "$folder"/fd/*; do ! test "$1" "$file" || readlink -f "$file"; done
    done | sort -u
}
resolved() { for name; do readlink -f "$name"; done | sort -u; }
if [ "$was" != enabled ]; then
    cib=/var/lib/pacemaker/cib/cib.xml
    if { cibadmin --query --scope resources 2>/dev/null || cat $cib 2>/dev/null; } | grep -q 'type="fence_sbd"'; then
        refuse 'Pacemaker still fences through sbd: its fencing device is removed first'
    fi
elif systemctl is-active --quiet sbd.service; then
    SBD_DEVICE=; SBD_WATCHDOG_DEV=
    [ ! -r "$pre/settings" ] || . "$pre/settings"
    # shellcheck disable=SC2046
    [ "$(opened -b)" = "$(resolved $(printf '%s' "$SBD_DEVICE" | tr ';' ' '))" ] ||
        refuse "sbd runs with $(opened -b | tr '\n' ' ')and the settings before name ${SBD_DEVICE:-no disk}: stop the cluster (pcs cluster stop --all), take it back, start it again"
    opened -c | grep -qxF "$(readlink -f "${SBD_WATCHDOG_DEV:-/dev/watchdog}")" ||
        refuse "sbd does not hold the watchdog that the settings before name, ${SBD_WATCHDOG_DEV:-/dev/watchdog}: stop the cluster (pcs cluster stop --all), take it back, start it again"
fi
set -e
case $was in enabled|'') ;; *) SYSTEMCTL_SKIP_SYSV=1 systemctl disable --quiet --no-reload sbd.service;; esac
put_back settings /etc/default/sbd
folder=/etc/systemd/system/sbd.service.d
[ ! -d $folder ] || put_back dropin $folder/harun.conf
rmdir $folder 2>/dev/null || :
rm -f /run/harun/sbd-pending
systemctl daemon-reload
