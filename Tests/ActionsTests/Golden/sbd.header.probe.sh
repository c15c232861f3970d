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
command -v sbd >/dev/null || refuse 'sbd is not installed'
fact wwid "$WWID"; fact device "$LUN"
read -r size <"/sys/class/block/${DEV##*/}/size" && fact sectors "$size"
if dump=$(sbd -d "$LUN" dump 2>/dev/null); then
    printf '%s\n' "$dump" | blob dump
    sbd -d "$LUN" list 2>/dev/null | blob list
    satisfied
fi
trouble=
signatures=$(wipefs -n -J "$DEV" 2>&1) || trouble='its signatures cannot be read'
case $signatures in *'"type"'*) trouble='it has a signature';; *signatures*) ;; *) trouble='its signatures cannot be read';; esac
blkid -p "$DEV" >/dev/null 2>&1; [ $? = 2 ] || trouble='blkid finds something on it'
for part in /sys/class/block/"${DEV##*/}"/*/partition /sys/class/block/"${DEV##*/}"/holders/*; do
    [ ! -e "$part" ] || trouble='it has partitions or is held by something'
done
case $(dd if="$DEV" bs=1M count=1 iflag=direct 2>/dev/null | cmp -n 1048576 - /dev/zero 2>&1 && echo zero) in
    zero) ;; *) trouble=${trouble:-'its first MiB is not zero, or cannot be read'};;
esac
if [ -n "$trouble" ]; then fact trouble "$trouble"; else fact empty yes; fi
satisfied
