export LIBVIRT_DEFAULT_URI=qemu:///system; umask 077
S=$HARUN_STATE; N=opencart; M=/mnt/shared_storage; F=/etc/harun/vm/opencart.xml
lun_find() {
    unnamed=
    for link in /dev/disk/by-path/*-iscsi-iqn.2024-12.lab:ha-lun-1; do
        [ -b "$link" ] || continue
        sd=$(readlink -f "$link")
        read -r WWID <"/sys/block/${sd##*/}/device/wwid" || continue
        case $WWID in naa.*) WWID=0x${WWID#naa.};; *) unnamed=$WWID; continue;; esac
        LUN=/dev/disk/by-id/wwn-$WWID
        [ -b "$LUN" ] && DEV=$(readlink -f "$LUN") && return 0
    done
    [ -z "$unnamed" ] || refuse 'LUN 1 of iqn.2024-12.lab:ha has no NAA identifier, and harun tells disks apart by no other; set one up on the target, which reports:' "$unnamed"
    return 1
}
mounted() { while read -r _ where _; do [ "$where" = "$M" ] && return 0; done </proc/mounts; return 1; }
newer() { [ -n "$(find "$1" -newer "$1.harun-copy" 2>/dev/null)" ]; }
written_since() {
    why=; ours=
    [ -s "$S/places" ] || return 0
    lun_find || { why='the LUN is not seen here, and may hold newer data'; return; }
    if ! mounted; then
        case $(dumpe2fs -h "$LUN" 2>/dev/null) in
        *needs_recovery*) why='the LUN was not unmounted in order, and may hold newer data'; return;;
        esac
        ours=yes; mount -o ro,noload "$LUN" "$M" || { why='the LUN cannot be read, and may hold newer data'; return; }
    fi
    while IFS= read -r place; do
        newer "$place" || continue
        why="the cluster has run $N since, and $place on the LUN is newer"
    done <"$S/places"
    [ -z "$ours" ] || umount "$M" || why='the LUN cannot be unmounted'
}
[ -s "$S/pre/original.xml" ] || { echo 'nothing was moved'; exit 0; }
# Done before: by now the machine is its owner's again, who may have stopped it.
[ ! -e "$S/taken-back" ] || exit 0
if cibadmin --query --xpath "//primitive[@id='vm_opencart']" >/dev/null 2>&1; then
    refuse "the cluster still has $N; it would run twice"
fi
if ! virsh -q list --all --name </dev/null | grep -Fxq "$N"; then
    written_since
    [ -z "$why" ] || refuse "$why, so $N is not started from its old disk. harun deploy goes on with the disk on the LUN; to go back to the old one, type here: virsh define $S/pre/original.xml, and take .harun-pre off the disk's name"
fi
if [ -e "$S/disks" ]; then
    while IFS= read -r disk; do
        [ -e "$disk" ] || mv "$disk.harun-pre" "$disk" || exit 1
    done <"$S/disks"
fi
virsh -q define "$S/pre/original.xml" || exit 1
if [ -e "$S/autostart" ]; then virsh -q autostart "$N" || exit 1; fi
if [ -e "$F" ]; then mv "$F" "$S/definition.undone" || exit 1; fi
if [ -e "$S/active" ] && ! virsh -q list --name </dev/null | grep -Fxq "$N"; then virsh -q start "$N" || exit 1; fi
: >"$S/taken-back"
