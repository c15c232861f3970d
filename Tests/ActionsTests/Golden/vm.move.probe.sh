export LIBVIRT_DEFAULT_URI=qemu:///system
F=/etc/harun/vm/opencart.xml
if [ -e "$F" ]; then
    secret definition <"$F"; sum=$(sha256sum "$F"); fact sum "${sum%% *}"; fact mode "$(stat -c %a:%u "$F")"
fi
command -v virsh >/dev/null || needed 'libvirt is not installed yet'
virsh -q '
echo "
@defined
"; list --all --persistent --name; echo "
@active
"; list --name; echo "
@autostart
"; list --all --autostart --name; echo "
@saved
"; list --all --with-managed-save --name; echo "
@snapshots
"; list --all --with-snapshot --name; echo "
@networks
"; net-list --name' </dev/null | blob domains
# Asked before the machine is shut down; once it is moved its definition is there.
if [ ! -e "$F" ]; then
cd /sys/class/net && fact links "$(echo *)"
virsh -q capabilities </dev/null | blob capabilities
fi
x=$(virsh dumpxml --inactive --security-info opencart 2>/dev/null) && printf '%s\n' "$x" | secret xml
lun_find() {
    DEV=; LUN=; WWID=; lun_unnamed=; lun_disks=' '
    lun_host=10.77.2.20
    for lun_session in /sys/class/iscsi_session/session*; do
        [ -e "$lun_session" ] || continue
        read -r lun_word <"$lun_session/targetname" || continue
        [ "$lun_word" = iqn.2024-12.lab:ha ] || continue
        lun_at=
        for lun_connection in "/sys/class/iscsi_connection/connection${lun_session##*/session}:"*; do
            [ -e "$lun_connection" ] || continue
            read -r lun_word <"$lun_connection/persistent_address" || continue
            [ "$lun_word" = "$lun_host" ] || continue
            read -r lun_word <"$lun_connection/persistent_port" || continue
            [ "$lun_word" != 3260 ] || lun_at=here
        done
        [ -n "$lun_at" ] || continue
        for lun_at in "$lun_session"/device/target*/*:1/block/*; do
            [ -e "$lun_at" ] || continue
            lun_id=; read -r lun_id <"${lun_at%/block/*}/wwid" || :
            case $lun_id in naa.*) lun_id=0x${lun_id#naa.};; esac
            case $lun_id in 0x*) ;; *) lun_unnamed=${lun_id:-nothing}; continue;; esac
            [ "${WWID:=$lun_id}" = "$lun_id" ] || refuse 'LUN 1 of iqn.2024-12.lab:ha is two disks, with the WWIDs' "$WWID and $lun_id"
            WWID=$lun_id; lun_disks="$lun_disks${lun_at##*/} "
        done
    done
    [ -n "$WWID" ] || { [ -z "$lun_unnamed" ] || refuse 'LUN 1 of iqn.2024-12.lab:ha has no NAA identifier, and harun tells disks apart by no other; set one up on the target, which reports:' "$lun_unnamed"; return 1; }
    LUN=/dev/disk/by-id/wwn-$WWID
    [ -b "$LUN" ] || return 1
    DEV=$(readlink -f "$LUN")
    case $lun_disks in *" ${DEV##*/} "*) return 0;; esac
    for lun_at in $lun_disks; do [ ! -e "/sys/class/block/${DEV##*/}/slaves/$lun_at" ] || return 0; done
    refuse "two disks have the WWID $WWID: ${lun_disks# }is LUN 1 of iqn.2024-12.lab:ha at 10.77.2.20:3260, and $LUN leads to ${DEV##*/}"
}
lun_find || DEV=
numbers=
if [ -n "${DEV-}" ]; then
    for number in "/sys/class/block/${DEV##*/}/dev" "/sys/class/block/${DEV##*/}"/*/partition; do
        [ -e "$number" ] || continue
        read -r number <"${number%/*}/dev" && numbers="$numbers $number "
    done
fi
while read -r _ _ number _ where _; do
    case $numbers in *" $number "*) is_lun=yes;; *) is_lun=no;; esac
    if [ "$where" = /mnt/shared_storage ]; then fact mounted yes; [ -z "$numbers" ] || fact mounted.lun $is_lun
    elif [ $is_lun = yes ]; then fact mounted.elsewhere "$where"; fi
done </proc/self/mountinfo
if command -v cibadmin >/dev/null; then
    cibadmin --query --xpath "//primitive[@id='shared_storage']" >/dev/null 2>&1 && fact storage clustered
    cibadmin --query --xpath "//primitive[@id='vm_opencart']" >/dev/null 2>&1 && fact machine clustered
fi
[ ! -r /var/lib/harun/vm/opencart.shutdown ] || { read -r s </var/lib/harun/vm/opencart.shutdown; fact shutdown_seconds "$s"; }
satisfied
