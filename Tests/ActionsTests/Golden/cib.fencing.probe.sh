lun_find() {
    unnamed=
    for link in /dev/disk/by-path/*-iscsi-iqn.2024-12.lab.storage:ha-lun-2; do
        [ -b "$link" ] || continue
        sd=$(readlink -f "$link")
        read -r WWID <"/sys/block/${sd##*/}/device/wwid" || continue
        case $WWID in naa.*) WWID=0x${WWID#naa.};; *) unnamed=$WWID; continue;; esac
        LUN=/dev/disk/by-id/wwn-$WWID
        [ -b "$LUN" ] && DEV=$(readlink -f "$LUN") && return 0
    done
    [ -z "$unnamed" ] || refuse 'LUN 2 of iqn.2024-12.lab.storage:ha has no NAA identifier, and harun tells disks apart by no other; set one up on the target, which reports:' "$unnamed"
    return 1
}
lun_find || refuse 'this node does not see LUN 2 of iqn.2024-12.lab.storage:ha'
fact device "$LUN"
cibadmin --query 2>/dev/null | secret cib
case $(crm_attribute --list-options=cluster --output-as=xml 2>/dev/null) in
*'name="fencing-enabled"'*) fact fencing.names fencing;;
esac
crm_mon -1 --output-as=xml 2>/dev/null | blob status
satisfied
