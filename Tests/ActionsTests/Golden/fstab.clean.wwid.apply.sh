lun_find() {
    WWID=0x6001405abc000000; LUN=/dev/disk/by-id/wwn-$WWID
    [ -b "$LUN" ] && DEV=$(readlink -f "$LUN")
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
    */wwn-0x6001405abc000000|*/wwn-0x6001405abc000000-part*) ;;
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
keep fstab /etc/fstab || exit 1
cp -p /etc/fstab /etc/fstab.harun || exit 1
while IFS= read -r line || [ -n "$line" ]; do
    if is_ours "$line"; then printf '# harun: %s\n' "$line"; else printf '%s\n' "$line"; fi
done </etc/fstab >/etc/fstab.harun || exit 1
sync /etc/fstab.harun && cp -p /etc/fstab.harun "$HARUN_STATE/after" && mv -f /etc/fstab.harun /etc/fstab &&
    systemctl daemon-reload
