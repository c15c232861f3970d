lun_find() {
    WWID=0x6001405abc000000; LUN=/dev/disk/by-id/wwn-$WWID
    [ -b "$LUN" ] && DEV=$(readlink -f "$LUN")
}
examine() {
    found=; TYPE=; UUID=; SIZE=0; used=
    block=/sys/class/block/${DEV##*/}
    read -r number <"$block/dev" || { found='unreadable it is no block device'; return; }
    read -r sectors <"$block/size" && SIZE=$((sectors * 512))
    [ "$SIZE" -gt 0 ] || { found='unreadable it has no size'; return; }
    for entry in "$block/holders"/*; do
        [ ! -e "$entry" ] || used="${entry##*/} is built on it"
    done
    numbers=" $number "
    for entry in "$block/${DEV##*/}"*/partition; do
        [ -e "$entry" ] || continue
        entry=${entry%/partition}; used="it has the partition ${entry##*/}"
        read -r number <"$entry/dev" && numbers="$numbers$number "
    done
    while read -r _ _ number _ mount _; do
        case $numbers in *" $number "*) used="it is mounted at $mount";; esac
    done </proc/self/mountinfo
    while read -r path _; do
        case $path in "$DEV"|"$DEV"[0-9]*|"$DEV"p[0-9]*) used="$path is swap";; esac
    done </proc/swaps
    # The superblock decides also for a busy disk: a mounted file system may be the planned one.
    wiped=$(wipefs -n -J "$DEV" 2>&1) || { found="unreadable wipefs says: $wiped"; return; }
    set -f; flat=; for word in $wiped; do flat=$flat$word; done; set +f
    probed=$(blkid -p -o export "$DEV" 2>&1); rc=$?
    case $rc in
    0)
        while IFS='=' read -r key value; do
            case $key in
            TYPE) TYPE=$value;;
            UUID) UUID=$value;;
            PTTYPE) [ -n "$TYPE" ] || TYPE="$value partition table";;
            esac
        done <<END
$probed
END
        found="signature ${TYPE:-unknown} ${UUID:-without UUID}";;
    2) ;;
    8) found='signature several, which contradict one another';;
    *) found="unreadable blkid ends with $rc";;
    esac
    case $flat in
    '{"signatures":[]}') ;;
    *) [ -n "$found" ] || found="signature $flat";;
    esac
    [ -n "$found" ] || sample
    case $found in
    blank|data*)
        case $used in '')
            # Somebody with an open descriptor may write at any moment; what udev opens is gone at once.
            udevadm settle --timeout=30
            case $(ls -l /proc/[0-9]*/fd 2>/dev/null) in
            *" -> $DEV"|*" -> $DEV
"*) used="a process has it open";;
            esac;;
        esac
        [ -z "$used" ] || found="busy $used";;
    esac
}
# Is the piece from $1 MiB on, $2 bytes long, all zero? Past the page cache: the disk itself is asked.
zero() {
    set -- "$1" "$2" "$((($2 + 1048575) / 1048576))"
    dd if="$DEV" bs=1048576 skip="$1" count="$3" iflag=direct status=none | cmp -s -n "$2" - /dev/zero && return 0
    if [ "$(dd if="$DEV" bs=1048576 skip="$1" count="$3" iflag=direct status=none | wc -c)" -ge "$2" ]; then
        found="data from $1 MiB on"
    else
        found="unreadable it cannot be read from $1 MiB on"
    fi
    return 1
}
# Both ends, where labels and tables of all kinds are, and a random choice of what lies between.
sample() {
    mebibytes=$((SIZE / 1048576))
    if [ "$mebibytes" -le 48 ]; then
        zero 0 "$SIZE" || return 0
    else
        zero 0 16777216 || return 0
        zero "$((mebibytes - 16))" "$((SIZE - (mebibytes - 16) * 1048576))" || return 0
        for random in $(od -An -N96 -tu4 /dev/urandom); do
            zero "$((16 + random % (mebibytes - 32)))" 1048576 || return 0
        done
    fi
    found=blank
}
MARKS=/var/lib/harun
read_keys() {
    for attempt in 1 2 3 4; do
        out=$(sg_persist -n -i -k -d "$LUN" 2>&1); rc=$?
        if [ "$rc" = 0 ]; then
            keys=
            while read -r word _; do case $word in 0x*) keys="$keys $word";; esac; done <<END
$out
END
            keys=${keys# }
            return 0
        fi
        case $rc in 5|9|127) break;; esac
        sleep 1
    done
    return 1
}
foreign() {
    command -v sg_persist >/dev/null || return 1
    keys=
    read_keys || case $rc in
    5|9|127) return 1;;
    *) keys="unreadable, sg_persist ends with $rc";;
    esac
    [ -n "$keys" ]
}
running() {
    for comm in /proc/[0-9]*/comm; do
        { read -r name <"$comm"; } 2>/dev/null || continue
        case $name in mkfs.*|mke2fs) ;; *) continue;; esac
        pid=${comm#/proc/}; pid=${pid%/comm}
        case $(ls -l "/proc/$pid/fd" 2>/dev/null) in *" -> $DEV"*) return 0;; esac
    done
    return 1
}
mark() {
    mark=; age=; begun=
    [ ! -r "$MARKS/format-$WWID" ] || read -r mark begun <"$MARKS/format-$WWID" || return 0
    case ${begun:-x} in *[!0-9]*) mark=;; *) age=$(($(date +%s) - begun));; esac
}
lun_proof() {
    PROOF=; PROOF_SESSIONS=; CLUSTER=
    [ ! -r "/var/lib/harun/luns/$WWID" ] ||
        { read -r PROOF; read -r PROOF_SESSIONS || PROOF_SESSIONS=; } <"/var/lib/harun/luns/$WWID"
    [ ! -r /var/lib/harun/cluster-id ] || read -r CLUSTER </var/lib/harun/cluster-id
    read -r SESSIONS </proc/sys/kernel/random/boot_id
    for lun_at in "/sys/class/block/${DEV##*/}" "/sys/class/block/${DEV##*/}/slaves"/*; do
        [ -e "$lun_at/device" ] || continue
        lun_at=$(readlink -f "$lun_at/device")
        case $lun_at in */session[0-9]*/target*) ;; *) continue;; esac
        lun_at=${lun_at##*/session}; lun_at=${lun_at%%/*}
        SESSIONS="$SESSIONS session$lun_at"
        # The local port changes with every new connection, also below the same session.
        for lun_connection in "/sys/class/iscsi_connection/connection$lun_at:"*; do
            lun_word=; { read -r lun_word <"$lun_connection/local_port"; } 2>/dev/null
            SESSIONS="$SESSIONS:$lun_word"
        done
    done
}
lun_find || { fact seen no; satisfied; }
fact seen yes
fact wwid "$WWID"
read -r ro <"/sys/class/block/${DEV##*/}/ro"; fact read-only "$ro"
lun_proof
fact proof "$PROOF"
fact proof.sessions "$PROOF_SESSIONS"
fact sessions "$SESSIONS"
fact cluster.id "$CLUSTER"
examine
fact size "$SIZE"
fact found "$found"
fact type "$TYPE"
fact uuid "$UUID"
fact used "$used"
running && fact mkfs "$pid"
foreign && fact keys "$keys"
mark
fact mark "$mark"
fact mark.age "$age"
[ "$TYPE" = ext4 ] || satisfied
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
superblock
fact ext4 "$EXT4"
fact ext4.mounted "$MOUNTED"
fact mmp "$MMP"
fact mmp.holder "$HOLDER"
ext4_mark() {
    mark_tries=3
    while :; do
        MARK=$(debugfs -c -R 'ea_get -V / trusted.harun.cluster' "$DEV" 2>/dev/null) || MARK=
        # It also prints what else there is in place of a file system.
        case $MARK in *[!0-9A-Za-z-]*) MARK=unreadable;; esac
        [ -z "$MARK" ] || return 0
        mark_said=$(LC_ALL=C debugfs -c -R 'ea_get -V / trusted.harun.cluster' "$DEV" 2>&1)
        mark_tries=$((mark_tries - 1))
        case $mark_tries:$mark_said in
        *'attribute key not found'*) return 0;;
        [1-9]:*checksum*) sleep 0.2;;
        *) MARK=unreadable; return 0;;
        esac
    done
}
disk_mark() {
    ext4_mark
    [ "$MARK" = unreadable ] || return 0
    MARK=
    command -v sbd >/dev/null || return 0
    while read -r _ name _; do
        case $name in harun-*) MARK=${name#harun-};; esac
    done <<END
$(sbd -d "$DEV" list 2>/dev/null)
END
}
ext4_mark
fact owner "$MARK"
satisfied
