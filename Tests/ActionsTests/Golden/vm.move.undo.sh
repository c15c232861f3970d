export LIBVIRT_DEFAULT_URI=qemu:///system; umask 077
S=$HARUN_STATE; N=opencart; M=/mnt/shared_storage; F=/etc/harun/vm/opencart.xml
L=/var/lib/harun/vm/$N; limit=300
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
ask_cluster() {
    has=no; why=; cib=; file=/var/lib/pacemaker/cib/cib.xml
    command -v cibadmin >/dev/null || [ -e "$file" ] || return 0
    if cib=$(cibadmin --query 2>/dev/null); then
        case $cib in *' have-quorum="1"'*) ;; *) has=unknown; why='this part of the cluster has no quorum';; esac
        cib=${cib%%<status*}
        if ! now=$(crm_mon -1 --output-as=xml 2>/dev/null); then has=unknown; why='crm_mon does not answer'; fi
        case $now in *'<resource id="vm_opencart"'*)
            now=${now#*<resource id=\"vm_opencart\"}
            case ${now%%>*} in *' active="true"'*) has=yes; why='the cluster still runs opencart';; esac;;
        esac
    else
        cib=$(cat "$file" 2>/dev/null)
        others=$(grep -c '^[[:space:]]*ring0_addr' /etc/corosync/corosync.conf 2>/dev/null)
        [ "${others:-0}" -lt 2 ] ||
            { has=unknown; why='Pacemaker does not run here, and the other nodes may know more; type: systemctl start pacemaker'; }
    fi
    case $cib in
    *' id="vm_opencart"'* | *'/opencart.xml"'*) has=yes; why='the cluster still has opencart';;
    esac
}
mounted() { while read -r _ where _; do [ "$where" = "$M" ] && return 0; done </proc/mounts; return 1; }
now() { read -r up _ </proc/uptime; echo "${up%%.*}"; }
same() {
    case $1 in file) cmp -s "$2" "$3";; *) qemu-img compare -q -f "$1" -F "$1" "$2" "$3";; esac
}
touched() { stat -c '%i %s %.9Y %.9Z' "$1"; }
sealed() { [ "$(cat "$1.harun-copy" 2>/dev/null)" = "$N $(stat -c '%i %s %.9Y' "$1")" ]; }
based_on() {
    based=$(find "$root" -xdev -type f -size +0 ! -path "$1" | while IFS= read -r file; do
        [ "$(head -c 3 "$file" | tr -d '\0')" = QFI ] || continue
        below=$(qemu-img info -U "$file" 2>/dev/null </dev/null | sed -n 's/^backing file: //p'); below=${below%% (actual*}
        [ "${below##*/}" != "${1##*/}" ] || { echo "$file"; break; }
    done)
    [ "$based" ]
}
deaf() { refuse 'libvirt does not answer, so nobody knows what runs here; type: systemctl start libvirtd'; }
has_line() { printf '%s\n' "$1" | grep -Fxq "$N"; }
running() { runs=$(virsh -q list --name </dev/null) || { echo 'libvirt does not answer' >&2; exit 1; }; has_line "$runs"; }
# Waits for a machine that may still be on its way down: it was found running, and is to run again.
fall() {
    [ -e "$S/pressed" ] || return 0
    { read -r boot; read -r at; } <"$S/pressed" || return 0
    [ "$boot" = "$(cat /proc/sys/kernel/random/boot_id)" ] || return 0
    began=$(now)
    while running; do
        [ $(($(now) - at)) -lt 1800 ] || return 0
        [ $(($(now) - began)) -lt "$limit" ] ||
            refuse "$N runs, but its power button was pressed $(($(now) - at)) s ago and it may still go down. All else of it is as before; roll back once more later, or if it went down type here: virsh start $N"
        sleep 1
    done
}
# Whether nobody can have run the machine from the LUN since it was copied there.
untouched() {
    why=; root=$M; ours=
    if [ ! -e "$S/assets" ] || [ ! -s "$S/lun" ]; then why="libvirt has lost $N, and not by the move"; return 1; fi
    lun_find || { why='the LUN is not seen here, and may hold newer data'; return 1; }
    { read -r wwid; read -r uuid; } <"$S/lun"
    [ "$WWID" = "$wwid" ] || { why="the LUN is another disk now ($WWID, not $wwid)"; return 1; }
    blockdev --flushbufs "$LUN"
    found=$(blkid -p -o value -s UUID "$LUN")
    [ "$found" = "$uuid" ] || { why="the LUN holds another file system now ($found, not $uuid)"; return 1; }
    if mounted; then
        [ "$(readlink -f "$(findmnt -n -o SOURCE --mountpoint "$M")")" = "$DEV" ] || { why="something else than the LUN is mounted at $M"; return 1; }
    else
        # Its flag is set as long as any host has it mounted for writing.
        super=$(dumpe2fs -h "$LUN" 2>/dev/null)
        case $super in
        *needs_recovery*) why='the LUN is mounted by another host or was not unmounted in order, and may hold newer data'; return 1;;
        *'Filesystem state:         clean'*) ;;
        *) why='the file system on the LUN cannot be read, and may hold newer data'; return 1;;
        esac
        root=$S/lun-view; ours=yes
        mkdir -p "$root"
        mount -o ro,noload "$LUN" "$root" || { why='the LUN cannot be mounted to look at it, and may hold newer data'; return 1; }
    fi
    while IFS='	' read -r format disk place mark; do
        alike || break
    done <"$S/assets"
    if [ "$ours" ]; then umount "$root" || why=${why:-"the LUN cannot be unmounted from $root"}; rmdir "$root"; fi
    [ -z "$why" ]
}
# Sets why where one copy is not as the move left it.
alike() {
    file=$root/$place; old=$disk.harun-pre; [ -e "$old" ] || old=$disk
    if [ ! -f "$file" ]; then why="$place is not on the LUN any more, and what became of it may be newer"
    elif [ ! -f "$old" ]; then why="$disk is not there any more"
    elif [ "$(touched "$file")" != "$mark" ]; then why="$place on the LUN was used since it was copied there: the cluster has run $N"
    elif based_on "$file"; then why="$based on the LUN lies over $place: $N has run on it"
    else
        same "$format" "$old" "$file"
        case $? in 0) ;; 1) why="$place on the LUN holds other data than $old";; *) why="$old and $place on the LUN cannot be compared";; esac
    fi
    [ -z "$why" ]
}
[ -s "$S/pre/original.xml" ] || { echo 'nothing was moved'; exit 0; }
# Done before: by now the machine is its owner's again, who may have stopped it.
[ ! -e "$S/taken-back" ] || exit 0
ask_cluster
case $has in
yes) refuse "$why; it would run twice";;
unknown) refuse "$why: the cluster may still have $N, and it would run twice";;
esac
own=$(virsh -q list --all --persistent --name </dev/null) || deaf
runs=$(virsh -q list --name </dev/null) || deaf
if has_line "$own"; then
    [ "$(virsh dumpxml --inactive --security-info "$N")" = "$(cat "$S/pre/original.xml")" ] ||
        refuse "libvirt defines $N otherwise than before it was moved; to go back to that, type here: virsh define $S/pre/original.xml"
else
    if has_line "$runs" || [ -e "/run/libvirt/qemu/$N.pid" ]; then
        refuse "$N runs here, and not from libvirt's own definition: the cluster or somebody else started it"
    fi
    untouched || refuse "$why, so $N is not started from its old disk. harun deploy goes on with the disk on the LUN; to go back to the old one, type here: virsh define $S/pre/original.xml, and take .harun-pre off the disk's name"
fi
if [ -e "$S/disks" ]; then
    while IFS= read -r disk; do
        [ ! -e "$disk" ] || [ ! -e "$disk.harun-pre" ] || refuse "$disk and $disk.harun-pre both exist, and the second is the machine's own: move the first away"
    done <"$S/disks"
    while IFS= read -r disk; do
        [ -e "$disk" ] || mv "$disk.harun-pre" "$disk" || exit 1
    done <"$S/disks"
fi
virsh -q define "$S/pre/original.xml" || exit 1
if [ -e "$S/autostart" ]; then virsh -q autostart "$N" || exit 1; fi
if [ -e "$F" ]; then mv "$F" "$S/definition.undone" || exit 1; fi
[ ! -e "$S/folder" ] || mounted || rmdir "$M" 2>/dev/null
if [ -e "$S/active" ]; then
    fall
    running || virsh -q start "$N" || exit 1
fi
rm -f "$L.running"; : >"$S/taken-back"
