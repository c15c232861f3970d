cib=; no_cib='Pacemaker is not installed yet'
if command -v cibadmin >/dev/null; then
    if cib=$(cibadmin --query 2>/dev/null); then no_cib=; else cib=; no_cib='the cluster does not run here yet'; fi
fi
[ -n "$no_cib" ] || printf '%s\n' "$cib" | secret cib
crm_mon -1 --output-as=xml --fence-history=2 2>/dev/null | blob status
lun_find() {
    DEV=; LUN=; WWID=; lun_unnamed=; lun_disks=' '
    lun_host=10.77.2.20
    for lun_session in /sys/class/iscsi_session/session*; do
        [ -e "$lun_session" ] || continue
        read -r lun_word <"$lun_session/targetname" || continue
        [ "$lun_word" = iqn.2024-12.lab.storage:ha ] || continue
        lun_at=
        for lun_connection in "/sys/class/iscsi_connection/connection${lun_session##*/session}:"*; do
            [ -e "$lun_connection" ] || continue
            read -r lun_word <"$lun_connection/persistent_address" || continue
            [ "$lun_word" = "$lun_host" ] || continue
            read -r lun_word <"$lun_connection/persistent_port" || continue
            [ "$lun_word" != 3260 ] || lun_at=here
        done
        [ -n "$lun_at" ] || continue
        for lun_at in "$lun_session"/device/target*/*:2/block/*; do
            [ -e "$lun_at" ] || continue
            lun_id=; read -r lun_id <"${lun_at%/block/*}/wwid" || :
            case $lun_id in naa.*) lun_id=0x${lun_id#naa.};; esac
            case $lun_id in 0x*) ;; *) lun_unnamed=${lun_id:-nothing}; continue;; esac
            [ "${WWID:=$lun_id}" = "$lun_id" ] || refuse 'LUN 2 of iqn.2024-12.lab.storage:ha is two disks, with the WWIDs' "$WWID and $lun_id"
            WWID=$lun_id; lun_disks="$lun_disks${lun_at##*/} "
        done
    done
    [ -n "$WWID" ] || { [ -z "$lun_unnamed" ] || refuse 'LUN 2 of iqn.2024-12.lab.storage:ha has no NAA identifier, and harun tells disks apart by no other; set one up on the target, which reports:' "$lun_unnamed"; return 1; }
    LUN=/dev/disk/by-id/wwn-$WWID
    [ -b "$LUN" ] || return 1
    DEV=$(readlink -f "$LUN")
    case $lun_disks in *" ${DEV##*/} "*) return 0;; esac
    for lun_at in $lun_disks; do [ ! -e "/sys/class/block/${DEV##*/}/slaves/$lun_at" ] || return 0; done
    refuse "two disks have the WWID $WWID: ${lun_disks# }is LUN 2 of iqn.2024-12.lab.storage:ha at 10.77.2.20:3260, and $LUN leads to ${DEV##*/}"
}
lun_find || refuse 'this node does not see LUN 2 of iqn.2024-12.lab.storage:ha'
fact device "$LUN"
case $(crm_attribute --list-options=cluster --output-as=xml 2>/dev/null) in
*'name="fencing-enabled"'*) fact fencing.names fencing;;
esac
satisfied
