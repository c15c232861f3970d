cib=; no_cib='Pacemaker is not installed yet'
if command -v cibadmin >/dev/null; then
    if cib=$(cibadmin --query 2>/dev/null); then no_cib=; else cib=; no_cib='the cluster does not run here yet'; fi
fi
[ -n "$no_cib" ] || printf '%s\n' "$cib" | secret cib
crm_mon -1 --output-as=xml --fence-history=2 2>/dev/null | blob status
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
if lun_find; then fact lun "$LUN"; else DEV=; fi
numbers=
if [ -n "${DEV-}" ]; then
    for number in "/sys/class/block/${DEV##*/}/dev" "/sys/class/block/${DEV##*/}"/*/partition; do
        [ -e "$number" ] || continue
        read -r number <"${number%/*}/dev" && numbers="$numbers $number "
    done
fi
place=/mnt/shared_storage; at=
while read -r _ _ number _ where _; do
    case $numbers in *" $number "*) is_lun=yes;; *) is_lun=no;; esac
    if [ "$where" = "$place" ]; then at=yes; fact mounted yes; [ -z "$numbers" ] || fact mounted.lun $is_lun
    elif [ $is_lun = yes ]; then fact mounted.elsewhere "$where"; fi
done </proc/self/mountinfo
if [ -L "$place" ]; then fact place.link "$(readlink -f "$place")"
elif [ -z "$at" ]; then
    for file in "$place"/* "$place"/.[!.]* "$place"/..?*; do
        if [ -e "$file" ] || [ -L "$file" ]; then fact place.holds "$file"; break; fi
    done
fi
[ -z "$no_cib" ] || needed "$no_cib"
near=; all=; best=0; routes=$(ip -o -f inet route list match 10.77.0.200/24 scope link 2>/dev/null)
while read -r net word name _; do
    case $net:$word in */*:dev) ;; *) continue;; esac
    all="${all:+$all }$name"
    [ "${net##*/}" -ge "$best" ] || continue
    if [ "${net##*/}" -gt "$best" ]; then best=${net##*/}; near=$name
    else case " $near " in *" $name "*) ;; *) near="$near $name";; esac; fi
done <<EOF
$routes
EOF
nic=br0; [ -e /sys/class/net/br0 ] || nic=
[ -z "$nic" ] || case " ${all:-$nic} " in *" $nic "*) ;; *) fact nic.elsewhere "$all"; nic=;; esac
[ -z "$nic" ] || fact nic "$nic"
[ -n "$nic" ] || ip -o -f inet addr show scope global | while read -r _ name _ net _; do
    printf '%s ' "$name $net,"
done | blob networks
if [ -n "$nic" ] && ! cibadmin --query --xpath "//primitive[@id='virtual_ip']//nvpair[@name='ip'][@value='10.77.0.200']" >/dev/null 2>&1; then
    arping -D -q -c 2 -w 3 -I "$nic" 10.77.0.200 >/dev/null 2>&1
    case $? in 0) ;; 1) fact duplicate yes;; *) fact duplicate unknown;; esac
fi
satisfied
