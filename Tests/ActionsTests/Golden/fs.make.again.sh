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
lun_find || refuse 'the LUN is gone'
[ "$WWID" = 0x6001405abc000000 ] || refuse "this is another LUN by now: $WWID"
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
    [ "${PROOF%% *}" = 7318bce2e3ede2ffb24efde58a2b6f2f ] || refuse 'there is no proof any more that every node sees this disk'
    [ "$PROOF_SESSIONS" = "$SESSIONS" ] || refuse 'the proof that every node sees this disk is older than its iSCSI session'
}
proven

unset PROVEN
UUID_PLANNED=36bbfc24-6468-43bd-8d87-2a95a3d3dbdf
look() {
    proven
    running && refuse "mkfs runs on this disk already (process $pid)"
    foreign && refuse "somebody has registered reservation keys on this disk: $keys"
    examine
    [ "$SIZE" = 1073741824 ] || refuse "its size is $SIZE bytes by now"
}
prove() {
    look
    case $found in blank|data*) ;; *) refuse "the disk is not empty: $found";; esac
    mark
    [ "$mark" = "$UUID_PLANNED" ] || refuse "the disk is not empty: $found"
    [ "$age" -ge 0 ] || refuse "the disk is not empty: $found"
    [ "$age" -lt 21600 ] || refuse "the disk is not empty: $found"
    PROVEN=$LUN
}
prove
umask 077
mkdir -p "$MARKS" || exit 1
began=$(date +%s)
printf '%s %s\n' "$UUID_PLANNED" "$began" >"$MARKS/format-$WWID" && sync "$MARKS/format-$WWID" || exit 1
# Version 1.47 turns on by itself what version 1.46 cannot read.
case $(mkfs.ext4 -V 2>&1) in
'mke2fs 1.4'[0-6].*) features=^metadata_csum_seed;;
*) features=^metadata_csum_seed,^orphan_file;;
esac
# With it, e2undo gives back what mkfs wrote over, as long as nobody has mounted the result.
free=$(df -Pk "$MARKS" | while read -r _ _ _ free _; do case $free in *[!0-9]*) ;; *) echo "$free";; esac; done)
if [ "${free:-0}" -gt 4194304 ]; then set -- -z "$MARKS/format-$WWID-$began.e2undo"; else set --; fi
mkfs.ext4 "$@" -q -F -U "$UUID_PLANNED" -L harun-36bbfc24 -O "$features" -E nodiscard \
    "${PROVEN:?was not proven empty}" </dev/null || exit 1
debugfs -w -R 'ea_set / trusted.harun.cluster 3f2a4c1e-0000-4000-8000-000000000000' "$PROVEN" >/dev/null 2>&1
sync; blockdev --flushbufs "$PROVEN" || exit 1
udevadm trigger -c change --name-match="$DEV"; udevadm settle --timeout=60
[ "$(blkid -p -o value -s UUID "$PROVEN")" = "$UUID_PLANNED" ] ||
    { echo "mkfs ended well, but its file system cannot be seen" >&2; exit 1; }
rm -f "$MARKS/format-$WWID"
