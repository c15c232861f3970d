lun_find() {
    DEV=; LUN=; WWID=; lun_unnamed=; lun_disks=' '
    lun_host=10.0.0.5
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
        for lun_at in "$lun_session"/device/target*/*:1/block/*; do
            [ -e "$lun_at" ] || continue
            lun_id=; read -r lun_id <"${lun_at%/block/*}/wwid" || :
            case $lun_id in naa.*) lun_id=0x${lun_id#naa.};; esac
            case $lun_id in 0x*) ;; *) lun_unnamed=${lun_id:-nothing}; continue;; esac
            [ "${WWID:=$lun_id}" = "$lun_id" ] || refuse 'LUN 1 of iqn.2024-12.lab.storage:ha is two disks, with the WWIDs' "$WWID and $lun_id"
            WWID=$lun_id; lun_disks="$lun_disks${lun_at##*/} "
        done
    done
    [ -n "$WWID" ] || { [ -z "$lun_unnamed" ] || refuse 'LUN 1 of iqn.2024-12.lab.storage:ha has no NAA identifier, and harun tells disks apart by no other; set one up on the target, which reports:' "$lun_unnamed"; return 1; }
    LUN=/dev/disk/by-id/wwn-$WWID
    [ -b "$LUN" ] || return 1
    DEV=$(readlink -f "$LUN")
    case $lun_disks in *" ${DEV##*/} "*) return 0;; esac
    for lun_at in $lun_disks; do [ ! -e "/sys/class/block/${DEV##*/}/slaves/$lun_at" ] || return 0; done
    refuse "two disks have the WWID $WWID: ${lun_disks# }is LUN 1 of iqn.2024-12.lab.storage:ha at 10.0.0.5:3260, and $LUN leads to ${DEV##*/}"
}
mount=/mnt/shared
lun_find || { DEV=; WWID=; }
is_ours() {
    read -r source at _ <<END
$1
END
    case $source in ''|'#'*) return 1;; esac
    [ -n "$at" ] || return 1
    [ "${at%/}" != "$mount" ] || return 0
    case $source in *'="'*'"') source=${source%%=*}=${source#*=\"}; source=${source%\"};; esac
    case $source in
    UUID=*) source=/dev/disk/by-uuid/${source#*=};;
    LABEL=*) source=/dev/disk/by-label/${source#*=};;
    PARTUUID=*) source=/dev/disk/by-partuuid/${source#*=};;
    PARTLABEL=*) source=/dev/disk/by-partlabel/${source#*=};;
    ID=*) source=/dev/disk/by-id/${source#*=};;
    esac
    case $source in
    *ip-10.0.0.5:3260-iscsi-iqn.2024-12.lab.storage:ha-lun-1|*ip-10.0.0.5:3260-iscsi-iqn.2024-12.lab.storage:ha-lun-1-part*) ;;
    /dev/*)
        [ -n "$DEV" ] || return 1
        [ -e "$source" ] || return 1
        real=$(readlink -f "$source")
        case $real in "$DEV"|"$DEV"[0-9]*|"$DEV"p[0-9]*) ;;
        *)  # A path below multipath, or another one to the same LUN.
            real=${real##*/}; { read -r real <"/sys/class/block/${real%%[0-9]*}/device/wwid"; } 2>/dev/null || return 1
            [ "$real" = "naa.${WWID#0x}" ] || return 1;;
        esac;;
    *) return 1;;
    esac
    case $at in
    /|/boot|/boot/*|/usr|/var|/home) refuse "the LUN is this node's own $at in /etc/fstab; it cannot be shared";;
    esac
    return 0
}
# Mounted outside of the cluster, the file system would be used by two nodes sooner or later.
check_mounted() {
    number=none
    [ -z "$DEV" ] || read -r number <"/sys/class/block/${DEV##*/}/dev" || return
    while read -r _ _ at _ where _; do
        [ "$at" = "$number" ] || [ "$where" = "$mount" ] || continue
        [ "$at" = "$number" ] || [ "$number" = none ] ||
            refuse "another disk is mounted at $mount; unmount it, or give storage another mount point"
        if [ "$where" = "$mount" ] && systemctl is-active --quiet pacemaker && cibadmin -Q --xpath \
            "//primitive[@type='Filesystem']//nvpair[@name='directory' and @value='$mount']" >/dev/null 2>&1
        then continue; fi
        refuse "it is mounted at $where, but not by the cluster; stop what uses it and type: umount $where"
    done </proc/self/mountinfo
    for unit in /etc/systemd/system/*.mount /etc/systemd/system/*.automount; do
        [ -e "$unit" ] || continue
        while IFS='=' read -r key value; do
            [ "$key=${value%/}" = "Where=$mount" ] || continue
            refuse "the unit ${unit##*/} mounts $mount too; type: systemctl disable --now ${unit##*/}; rm $unit"
        done <"$unit"
    done
}
check_mounted
[ -e /etc/fstab ] || satisfied
entries=
while IFS= read -r line || [ -n "$line" ]; do
    ! is_ours "$line" || entries="$entries, $source at $at"
done </etc/fstab
[ -z "$entries" ] || needed "/etc/fstab mounts ${entries#, }"
satisfied
