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
keep_output units systemctl show -p Id,ActiveState,UnitFileState pacemaker.service corosync.service
SYSTEMCTL_SKIP_SYSV=1 systemctl enable --quiet corosync.service pacemaker.service
systemctl reset-failed corosync.service pacemaker.service sbd.service 2>/dev/null || :
systemctl start corosync.service pacemaker.service
end=$(($(date +%s) + 180))
while :; do
    seen=$(crm_mon -1 --output-as=xml 2>/dev/null | grep -cE \
        '<node name=.* online="true".* pending="false" unclean="false"|<current_dc .*with_quorum="true"') || :
    [ "${seen:-0}" -lt 3 ] || break
    if [ "$(date +%s)" -ge "$end" ]; then
        crm_mon -1 >&2 || :
        echo 'the nodes did not find each other in 180 s' >&2
        if grep -qsi '^ENABLED=yes' /etc/ufw/ufw.conf; then
            echo 'ufw is active here and may be why; for each other node, type: ufw allow from ADDRESS' >&2
        fi
        exit 1
    fi
    sleep 1
done
