lun_find() {
    unnamed=
    for link in /dev/disk/by-path/*-iscsi-iqn.x-lun-1; do
        [ -b "$link" ] || continue
        sd=$(readlink -f "$link")
        read -r WWID <"/sys/block/${sd##*/}/device/wwid" || continue
        case $WWID in naa.*) WWID=0x${WWID#naa.};; *) unnamed=$WWID; continue;; esac
        LUN=/dev/disk/by-id/wwn-$WWID
        [ -b "$LUN" ] && DEV=$(readlink -f "$LUN") && return 0
    done
    [ -z "$unnamed" ] || refuse 'LUN 1 of iqn.x has no NAA identifier, and harun tells disks apart by no other; set one up on the target, which reports:' "$unnamed"
    return 1
}
seen=
for link in /dev/disk/by-path/*-iscsi-*-lun-*; do
    case $link in *-part*) continue;; esac
    [ ! -b "$link" ] || seen="$seen ${link##*-iscsi-}"
done
fact visible "${seen# }"
lun_find || { fact seen no; satisfied; }
name=${DEV##*/}
fact seen yes
fact wwid "$WWID"
fact device "$DEV"
read -r sectors <"/sys/class/block/$name/size"; fact size "$((sectors * 512))"
read -r ro <"/sys/class/block/$name/ro"; fact read-only "$ro"
# Every path of this node to that LUN, and the target behind the first of them.
paths=; others=
for wwid in /sys/block/sd*/device/wwid; do
    [ -e "$wwid" ] || continue
    read -r id <"$wwid" || continue
    [ "$id" = "naa.${WWID#0x}" ] || continue
    disk=${wwid#/sys/block/}; disk=${disk%%/*}
    paths="$paths $disk"
    [ "$disk" = "$name" ] || [ -e "/sys/class/block/$name/slaves/$disk" ] || others="$others $disk"
done
fact paths "${paths# }"
fact others "${others# }"
first=${paths# }; first=${first%% *}
place=; [ -z "$first" ] || place=$(readlink -f "/sys/block/$first/device")
case $place in
*/session[0-9]*/target*)
    session=${place##*/session}; session=session${session%%/*}
    read -r target <"/sys/class/iscsi_session/$session/targetname"
    fact transport iscsi
    fact unit "$target ${place##*:}";;
*) fact transport other;;
esac
proof=; [ ! -r "/var/lib/harun/luns/$WWID" ] || read -r proof <"/var/lib/harun/luns/$WWID"
fact proof "$proof"
satisfied
