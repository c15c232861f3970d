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
set -e
conf=/etc/corosync/corosync.conf; cib=/var/lib/pacemaker/cib
if [ -f $conf ]; then
    grep -Eq '^[[:space:]]*cluster_name:[[:space:]]*debian[[:space:]]*$' $conf ||
        refuse 'corosync.conf is not the default one any more'
fi
keep corosync.conf $conf
for file in /var/lib/pacemaker/cib/*; do [ ! -f "$file" ] || keep "cib:${file##*/}" "$file"; done
keep_output units systemctl show -p Id,ActiveState,UnitFileState pacemaker.service corosync.service sbd.service pcsd.service
systemctl stop pacemaker.service corosync.service
units='pacemaker.service corosync.service'
if [ -e /lib/systemd/system/sbd.service ] && ! grep -q '^SBD_DEVICE=.*/' /etc/default/sbd; then
    units="$units sbd.service"
fi
# shellcheck disable=SC2086
SYSTEMCTL_SKIP_SYSV=1 systemctl disable --quiet $units
systemctl reset-failed pacemaker.service corosync.service sbd.service 2>/dev/null || :
rm -f $conf
for file in "$cib"/*; do [ ! -f "$file" ] || rm -f "$file"; done
SYSTEMCTL_SKIP_SYSV=1 systemctl enable --quiet --now pcsd.service
