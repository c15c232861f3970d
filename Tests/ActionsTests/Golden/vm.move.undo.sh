export LIBVIRT_DEFAULT_URI=qemu:///system; umask 077
S=$HARUN_STATE; N=opencart; M=/mnt/shared_storage; F=/etc/harun/vm/opencart.xml
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
