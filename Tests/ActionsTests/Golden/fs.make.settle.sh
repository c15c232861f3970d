lun_find() {
    WWID=0x6001405abc000000; LUN=/dev/disk/by-id/wwn-$WWID
    [ -b "$LUN" ] && DEV=$(readlink -f "$LUN")
}
lun_find || exit 1
blockdev --flushbufs "$DEV"
udevadm trigger -c change --name-match="$DEV" && udevadm settle --timeout=60
