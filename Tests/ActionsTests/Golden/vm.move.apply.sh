export LIBVIRT_DEFAULT_URI=qemu:///system; umask 077
S=$HARUN_STATE; N=opencart; M=/mnt/shared_storage; F=/etc/harun/vm/opencart.xml
L=/var/lib/harun/vm/$N; T=ext4; keep=no; limit=300; need=0
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
superblock() {
    EXT4=unreadable; MMP=off; HOLDER=; MOUNTED=no
    [ ! -d "/sys/fs/ext4/${DEV##*/}" ] || MOUNTED=yes
    # shellcheck disable=SC2046
    set -- $(dd if="$DEV" bs=4096 count=1 iflag=direct status=none | od -An -v -tu1 -w512 -j1024 -N512)
    [ "$#" = 512 ] && [ "${57} ${58}" = '83 239' ] || return 0
    if [ $((${59} & 2)) != 0 ]; then EXT4=error
    elif [ $((${97} & 4)) != 0 ] || [ $((${59} & 1)) = 0 ]; then EXT4=recovery
    else EXT4=clean; fi
    [ $((${98} & 1)) != 0 ] || return 0
    MMP=on
    set -- $((1024 << ${25})) $((${361} + (${362} << 8) + (${363} << 16) + (${364} << 24) + (${365} << 32) + (${366} << 40)))
    HOLDER=$(dd if="$DEV" bs="$1" skip="$2" count=1 iflag=direct status=none | dd bs=1 skip=16 count=64 status=none | tr -dc 'A-Za-z0-9._-')
    # shellcheck disable=SC2046
    set -- $(dd if="$DEV" bs="$1" skip="$2" count=1 iflag=direct status=none | od -An -v -tu1 -w8 -N8)
    case "$*" in
    '80 77 77 0 80 77 77 255') HOLDER=;;
    '80 77 77 0 80 77 77 226') EXT4=fsck;;
    '80 77 77 0 '*) : "${HOLDER:=a host without a name}"; [ "$EXT4" != clean ] || EXT4=recovery;;
    *) EXT4=unreadable;;
    esac
}
fail() { echo "$*" >&2; exit 1; }
release() { [ "$keep" = yes ] || ! mounted || umount "$M"; }
listed() { virsh -q list "$@" --name </dev/null | grep -Fxq "$N"; }
power_off() {
    listed || return 0
    mkdir -p "${L%/*}" && : >"$L.running" || exit 1
    began=$(now); press
    while listed; do
        [ $(($(now) - began)) -lt "$limit" ] || fail "$N did not shut down within $limit s of its power button. Install acpid or qemu-guest-agent in it, or shut it down from inside; then run harun again."
        sleep 1
    done
    rm -f "$S/pressed"
    seconds=$(($(now) - began)); fact shutdown_seconds "$seconds"
    echo "$seconds" >"$L.shutdown"
}
press() {
    { cat /proc/sys/kernel/random/boot_id; now; } >"$S/pressed" && sync "$S/pressed" || exit 1
    virsh -q shutdown "$N" || { rm -f "$S/pressed"; exit 1; }
}
# Mounts the LUN where it is not, over nothing that anybody still needs.
enter_lun() {
    if ! mounted; then
        [ "$(blkid -p -o value -s TYPE "$LUN")" = $T ] || fail "$LUN holds no $T file system"
        [ ! -L "$M" ] || fail "$M is a symbolic link; let [storage] mount name a folder"
        for file in "$M"/* "$M"/.[!.]* "$M"/..?*; do
            if [ -e "$file" ] || [ -L "$file" ]; then fail "$file would be hidden by the LUN mounted at $M: move it away, or mount the LUN elsewhere"; fi
        done
        # It may have been free when the plan looked; a second host would write over the first one's blocks. Where
        # another namespace of this node has it mounted, a container's say, the mark is explained.
        if [ "$T" = ext4 ]; then
            superblock
            [ "$EXT4" != fsck ] || fail "a check of the file system on the LUN is noted${HOLDER:+ by $HOLDER}: it runs, or was cut off. Where none runs on any host, type: tune2fs -f -E clear_mmp $LUN && e2fsck -f -p $LUN"
            [ "$EXT4" = clean ] || [ "$EXT4 $MOUNTED" = 'recovery yes' ] || fail "the file system on the LUN is not free ($EXT4${HOLDER:+, $HOLDER has it mounted}): another host may have it mounted, or it was not unmounted in order. Unmount it there; where none has it, type: e2fsck -p $LUN"
        fi
        [ -d "$M" ] || { (umask 022; mkdir -p "$M") && : >"$S/folder" || exit 1; }
        mount -t "$T" -o noatime "$LUN" "$M" || exit 1
    fi
    [ "$(readlink -f "$(findmnt -n -o SOURCE --mountpoint "$M")")" = "$DEV" ] || fail "something else than $LUN is mounted on $M"
    folder=$M
    while [ "$folder" ]; do
        case $(stat -c %A "$folder") in
        *[xt]) ;; *) fail "$folder lets nobody but its owner in, and libvirt runs machines as another user; type: chmod o+x $folder";;
        esac
        folder=${folder%/*}
    done
}
original() {
    O=$1; [ -e "$O" ] || O=$1.harun-pre
    [ -f "$O" ] || fail "$1 is not there"
}
# Nothing that somebody else made, or that the machine wrote under the cluster, is ever pushed aside.
check() {
    original "$2"
    [ ! -e "$2" ] || [ ! -e "$2.harun-pre" ] || fail "$2 and $2.harun-pre both exist: move one away"
    if [ -e "$3" ]; then
        ! based_on "$3" || fail "$based on the LUN is based on $3, so the machine may have run on it: keep what you need and move both away"
        if ! listed && same "$1" "$O" "$3"; then return; fi
        sealed "$3" || fail "$3 exists and is not a copy of $O, or was written to since it was copied: it may be newer. Mount $LUN at $M and either copy it over the disk here, to keep it, or move it away"
    fi
    case $1 in
    file | raw) bytes=$(stat -L -c %s "$O");;
    *) bytes=$(qemu-img measure -U -f "$1" -O "$1" "$O" | sed -n 's/^required size: //p');;
    esac
    [ "$bytes" ] || fail "qemu-img cannot say how much room $O takes"
    need=$((need + bytes))
}
room() {
    free=$(df -B1 --output=avail "$M" | tail -n 1)
    need=$((need * 105 / 100 + 16777216))
    [ "$need" -le "$free" ] || fail "the disks with all that is below them need $((need >> 20)) MiB, the LUN has $((free >> 20)) MiB free"
}
copy() {
    original "$2"
    if [ -e "$3" ] && same "$1" "$O" "$3"; then
        echo "$3 is already a copy of $O"
    else
        [ ! -e "$3" ] || { sealed "$3" || fail "$3 exists and is not a copy of $O: move it away"; mv "$3" "$3.harun-old-$(date +%s)" || exit 1; }
        echo "copying $O to $3"
        rm -f "$3.harun-part"
        case $1 in
        file) cp --sparse=always "$O" "$3.harun-part";;
        *) qemu-img convert -f "$1" -O "$1" "$O" "$3.harun-part";;
        esac || { rm -f "$3.harun-part"; fail "copying $O failed"; }
        sync "$3.harun-part"
        same "$1" "$O" "$3.harun-part" || fail "the copy of $O differs from it"
        echo "$N $(stat -c '%i %s %.9Y' "$3.harun-part")" >"$3.harun-copy" && sync "$3.harun-copy" && mv "$3.harun-part" "$3" && sync "$M" || exit 1
    fi
    printf '%s\t%s\t%s\t%s\n' "$1" "$2" "${3#"$M"/}" "$(touched "$3")" >>"$S/assets.new" || exit 1
}
keep_originals() {
    for disk; do
        # Written down even where an interrupted run renamed it: the undo of this run must find it.
        grep -Fxq "$disk" "$S/disks" 2>/dev/null || echo "$disk" >>"$S/disks"
        [ -e "$disk" ] || continue
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
ask_cluster; [ "$has" = no ] || fail "$why"
keep_output original.xml original_xml || exit 1
if listed --all --autostart; then : >"$S/autostart"; fi
if listed || [ -e "$L.running" ]; then : >"$S/active"; fi
trap release EXIT; trap 'exit 1' HUP INT TERM
enter_lun
root=$M
check qcow2 /var/lib/libvirt/images/opencart.qcow2 /mnt/shared_storage/opencart.qcow2
[ "$need" = 0 ] || room
power_off
: >"$S/assets.new" || exit 1
copy qcow2 /var/lib/libvirt/images/opencart.qcow2 /mnt/shared_storage/opencart.qcow2
{ echo "$WWID"; blkid -p -o value -s UUID "$LUN"; } >"$S/lun" && sync "$S/assets.new" "$S/lun" && mv "$S/assets.new" "$S/assets" || exit 1
mkdir -p "${F%/*}" && chmod 700 "${F%/*}" && cp "$S/definition.xml" "$F.part" && chmod 600 "$F.part" && sync "$F.part" && mv "$F.part" "$F" || exit 1
# First, so that a boot in the middle of the rest starts nothing from half of it.
virsh -q autostart --disable "$N" || exit 1
keep_originals /var/lib/libvirt/images/opencart.qcow2 || exit 1
virsh -q undefine --keep-nvram "$N" || exit 1
rm -f "$L.running"
sync; release || fail "$M cannot be unmounted"
trap - EXIT
