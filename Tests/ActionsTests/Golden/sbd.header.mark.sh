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
foreign && refuse "somebody has registered reservation keys on this disk: $keys"
uuid=
while read -r word colon value; do
    [ "$word $colon" != 'UUID :' ] || uuid=$value
done <<END
$(sbd -d "$LUN" dump)
END
[ "$uuid" = 0a1b2c3d ] || refuse "there is another SBD header by now: ${uuid:-none}"
slots=$(sbd -d "$LUN" list) || refuse 'the slots of the SBD header cannot be read'
while read -r _ name _; do
    case $name in
    harun-3f2a4c1e-0000-4000-8000-000000000000) ;;
    harun-*) refuse "the SBD header belongs to another cluster by now: $name";;
    esac
done <<END
$slots
END
sbd -d "$LUN" allocate harun-3f2a4c1e-0000-4000-8000-000000000000 && blockdev --flushbufs "$DEV"
