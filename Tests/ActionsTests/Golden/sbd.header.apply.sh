lun_find() {
    DEV=; LUN=; WWID=; lun_unnamed=; lun_disks=' '
    lun_host=10.77.2.20
    for lun_session in /sys/class/iscsi_session/session*; do
        [ -e "$lun_session" ] || continue
        read -r lun_word <"$lun_session/targetname" || continue
        [ "$lun_word" = iqn.2024-12.lab.storage:ha ] || continue
        lun_at=
        for lun_connection in "/sys/class/iscsi_connection/connection${lun_session##*/session}:"*; do
            [ -e "$lun_connection" ] || continue
            read -r lun_word <"$lun_connection/persistent_address" || continue
            [ "$lun_word" = "$lun_host" ] || continue
            read -r lun_word <"$lun_connection/persistent_port" || continue
            [ "$lun_word" != 3260 ] || lun_at=here
        done
        [ -n "$lun_at" ] || continue
        for lun_at in "$lun_session"/device/target*/*:2/block/*; do
            [ -e "$lun_at" ] || continue
            lun_id=; read -r lun_id <"${lun_at%/block/*}/wwid" || :
            case $lun_id in naa.*) lun_id=0x${lun_id#naa.};; esac
            case $lun_id in 0x*) ;; *) lun_unnamed=${lun_id:-nothing}; continue;; esac
            [ "${WWID:=$lun_id}" = "$lun_id" ] || refuse 'LUN 2 of iqn.2024-12.lab.storage:ha is two disks, with the WWIDs' "$WWID and $lun_id"
            WWID=$lun_id; lun_disks="$lun_disks${lun_at##*/} "
        done
    done
    [ -n "$WWID" ] || { [ -z "$lun_unnamed" ] || refuse 'LUN 2 of iqn.2024-12.lab.storage:ha has no NAA identifier, and harun tells disks apart by no other; set one up on the target, which reports:' "$lun_unnamed"; return 1; }
    LUN=/dev/disk/by-id/wwn-$WWID
    [ -b "$LUN" ] || return 1
    DEV=$(readlink -f "$LUN")
    case $lun_disks in *" ${DEV##*/} "*) return 0;; esac
    for lun_at in $lun_disks; do [ ! -e "/sys/class/block/${DEV##*/}/slaves/$lun_at" ] || return 0; done
    refuse "two disks have the WWID $WWID: ${lun_disks# }is LUN 2 of iqn.2024-12.lab.storage:ha at 10.77.2.20:3260, and $LUN leads to ${DEV##*/}"
}
lun_find || refuse 'the disk is gone'
[ "$WWID" = 0x6001000000000000 ] || refuse "it is another disk now: $WWID"
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
proven() {
    proven_at="$WWID $DEV"
    lun_find || refuse 'the LUN is gone'
    [ "$WWID $DEV" = "$proven_at" ] || refuse "this is another disk by now: $WWID, which is $DEV"
    lun_proof
    [ "${PROOF%% *}" = c1bbea2b6388e4e19d6244c98554eddc ] || refuse 'there is no proof any more that every node sees this disk'
    [ "$PROOF_SESSIONS" = "$SESSIONS" ] || refuse 'the proof that every node sees this disk is older than its iSCSI session'
}
proven
! sbd -d "$LUN" dump >/dev/null 2>&1 || refuse 'it has an SBD header meanwhile'
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
scan() {
    pieces=$(((SIZE + 268435455) / 268435456))
    found=$({ stream 0 & stream 1 & stream 2 & stream 3; } | collect)
    : "${found:=unreadable it was not read to its end}"
}
# Every fourth piece, from number $1 on.
stream() {
    piece=$1
    while [ "$piece" -lt "$pieces" ]; do
        bytes=$((SIZE - piece * 268435456))
        [ "$bytes" -le 268435456 ] || bytes=268435456
        zero "$((piece * 256))" "$bytes" || { echo "$found"; return 0; }
        echo "zero $piece" || return 0
        piece=$((piece + 4))
    done
}
collect() {
    read=0; shown=0
    while read -r word rest; do
        [ "$word" = zero ] || { echo "$word $rest"; return 0; }
        read=$((read + 1))
        percent=$((read * 100 / pieces))
        [ "$percent" = "$shown" ] || echo "read $percent % of $((SIZE / 1048576)) MiB, all of it zero" >&2
        shown=$percent
    done
    if [ "$read" = "$pieces" ]; then echo empty; else echo "unreadable it was not read to its end"; fi
}
look() {
    proven
    foreign && refuse "somebody has registered reservation keys on this disk: $keys"
    examine
    [ "$found" = blank ] || refuse "the disk is not empty: $found"
    [ "$SIZE" = 67108864 ] || refuse "its size is $SIZE bytes by now"
}
look
scan
[ "$found" = empty ] || refuse "the disk is not empty: $found"
look
sbd -d "$LUN" -1 10 -4 20 create || exit 1
sbd -d "$LUN" allocate harun-3f2a4c1e-0000-4000-8000-000000000000 && blockdev --flushbufs "$DEV"
