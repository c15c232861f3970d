export LIBVIRT_DEFAULT_URI=qemu:///system; umask 077
S=$HARUN_STATE; N=opencart; M=/mnt/shared_storage; F=/etc/harun/vm/opencart.xml
keep=no
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
fail() { echo "$*" >&2; exit 1; }
release() { [ "$keep" = yes ] || ! mounted || umount "$M"; }
listed() { virsh -q list "$@" --name </dev/null | grep -Fxq "$N"; }
now() { read -r up _ </proc/uptime; echo "${up%%.*}"; }
power_off() {
    listed || return 0
    began=$(now); virsh -q shutdown "$N" || exit 1
    while listed; do
        [ $(($(now) - began)) -lt 120 ] || fail "$N did not shut down within 120 s of its power button. Install acpid or qemu-guest-agent in it, or shut it down from inside; then run harun again."
        sleep 1
    done
    seconds=$(($(now) - began)); fact shutdown_seconds "$seconds"
    mkdir -p /var/lib/harun/vm && echo "$seconds" >"/var/lib/harun/vm/$N.shutdown"
}
original() {
    O=$1; [ -e "$O" ] || O=$1.harun-pre
    [ -e "$O" ] || fail "$1 is not there"
}
fits() {
    need=0
    while [ $# -gt 1 ]; do
        original "$1"; blocks=$(stat -c %b "$O") || exit 1
        [ -e "$2" ] || need=$((need + blocks * 512))
        shift 2
    done
    free=$(df -B1 --output=avail "$M" | tail -n 1)
    [ "$need" -lt "$free" ] || fail "the disks need $need bytes, the LUN has $free free"
}
same() {
    case $1 in file) cmp -s "$2" "$3";; *) qemu-img compare -q -f "$1" -F "$1" "$2" "$3";; esac
}
# What the machine wrote on the LUN after it was copied there is never pushed aside by an older disk.
not_newer() {
    for place; do
        newer "$place" || continue
        fail "$place on the LUN was written to since it was copied there, so it is newer than the disk here. Mount $LUN at $M and either copy it over the disk here, to keep it, or move it away"
    done
    printf '%s
' "$@" >"$S/places" && sync "$S/places" || exit 1
}
copy() {
    original "$2"
    if [ -e "$3" ]; then
        if same "$1" "$O" "$3"; then echo "$3 is already a copy of $O"; return; fi
        [ "$(cat "$3.harun-copy" 2>/dev/null)" = "$N" ] || fail "$3 exists and is not a copy of $O: move it away"
        mv "$3" "$3.harun-old-$(date +%s)" || exit 1
    fi
    echo "copying $O to $3"
    rm -f "$3.harun-part"
    case $1 in
    file) cp --sparse=always "$O" "$3.harun-part";;
    *) qemu-img convert -f "$1" -O "$1" "$O" "$3.harun-part";;
    esac || { rm -f "$3.harun-part"; fail "copying $O failed"; }
    sync "$3.harun-part"
    same "$1" "$O" "$3.harun-part" || fail "the copy of $O differs from it"
    echo "$N" >"$3.harun-copy" && mv "$3.harun-part" "$3" && sync "$M" || exit 1
}
keep_originals() {
    for disk; do
        # Written down even where an interrupted run renamed it: the undo of this run must find it.
        grep -Fxq "$disk" "$S/disks" 2>/dev/null || echo "$disk" >>"$S/disks"
        [ -e "$disk" ] || continue
        [ ! -e "$disk.harun-pre" ] || fail "$disk and $disk.harun-pre both exist: move one away"
        sync "$S/disks" && mv "$disk" "$disk.harun-pre" || return 1
    done
}
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
original_xml() { virsh dumpxml --inactive --security-info "$N"; }
cat >"$S/definition.xml" || exit 1
lun_find || fail "this node does not see LUN 1 of iqn.2024-12.lab:ha"
keep_output original.xml original_xml || exit 1
if listed --all --autostart; then : >"$S/autostart"; fi
if listed; then : >"$S/active"; fi
trap release EXIT; trap 'exit 1' HUP INT TERM
mkdir -p "$M"
if ! mounted; then
    [ "$(blkid -p -o value -s TYPE "$LUN")" = ext4 ] || fail "$LUN holds no ext4 file system"
    mount -t ext4 -o noatime "$LUN" "$M" || exit 1
fi
[ "$(readlink -f "$(findmnt -n -o SOURCE --mountpoint "$M")")" = "$DEV" ] || fail "something else than $LUN is mounted on $M"
chmod 755 "$M"
not_newer /mnt/shared_storage/opencart.qcow2
fits /var/lib/libvirt/images/opencart.qcow2 /mnt/shared_storage/opencart.qcow2
power_off
copy qcow2 /var/lib/libvirt/images/opencart.qcow2 /mnt/shared_storage/opencart.qcow2
mkdir -p "${F%/*}" && chmod 700 "${F%/*}" && cp "$S/definition.xml" "$F.part" && chmod 600 "$F.part" && sync "$F.part" && mv "$F.part" "$F" || exit 1
keep_originals /var/lib/libvirt/images/opencart.qcow2 || exit 1
virsh -q autostart --disable "$N" || exit 1
virsh -q undefine "$N" || exit 1
sync; release || fail "$M cannot be unmounted"
trap - EXIT
