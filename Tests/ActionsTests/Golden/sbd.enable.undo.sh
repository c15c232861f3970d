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
if systemctl is-active --quiet sbd.service; then
    if crm_mon -1 --output-as=xml 2>/dev/null |
    grep '<resource .*active="true"' | grep -qv 'resource_agent="stonith:'; then
    refuse 'resources run; they are stopped first'
fi
    : >"$HARUN_STATE/ran" && systemctl stop pacemaker.service corosync.service || exit 1
fi
set -e
read -r was <"$pre/enabled" || was=
case $was in enabled|'') ;; *) SYSTEMCTL_SKIP_SYSV=1 systemctl disable --quiet --no-reload sbd.service;; esac
put_back settings /etc/default/sbd
folder=/etc/systemd/system/sbd.service.d
[ ! -d $folder ] || put_back dropin $folder/harun.conf
rmdir $folder 2>/dev/null || :
rm -f /run/harun/sbd-pending
systemctl daemon-reload
[ ! -e "$HARUN_STATE/ran" ] || { systemctl reset-failed corosync.service pacemaker.service sbd.service 2>/dev/null || :
systemctl start corosync.service pacemaker.service; rm "$HARUN_STATE/ran"; }
