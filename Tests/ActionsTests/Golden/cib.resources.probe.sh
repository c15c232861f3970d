lun_find() {
    unnamed=
    for link in /dev/disk/by-path/*-iscsi-iqn.2024-12.lab:ha-lun-1; do
        [ -b "$link" ] || continue
        sd=$(readlink -f "$link")
        read -r WWID <"/sys/block/${sd##*/}/device/wwid" || continue
        case $WWID in naa.*) WWID=0x${WWID#naa.};; *) unnamed=$WWID; continue;; esac
        LUN=/dev/disk/by-id/wwn-$WWID
        [ -b "$LUN" ] && DEV=$(readlink -f "$LUN") && return 0
    done
    [ -z "$unnamed" ] || refuse 'LUN 1 of iqn.2024-12.lab:ha has no NAA identifier, and harun tells disks apart by no other; set one up on the target, which reports:' "$unnamed"
    return 1
}
if lun_find; then fact lun "$LUN"; else DEV=; fi
numbers=
if [ -n "${DEV-}" ]; then
    for number in "/sys/class/block/${DEV##*/}/dev" "/sys/class/block/${DEV##*/}"/*/partition; do
        [ -e "$number" ] || continue
        read -r number <"${number%/*}/dev" && numbers="$numbers $number "
    done
fi
while read -r _ _ number _ where _; do
    case $numbers in *" $number "*) is_lun=yes;; *) is_lun=no;; esac
    if [ "$where" = /mnt/shared_storage ]; then fact mounted yes; [ -z "$numbers" ] || fact mounted.lun $is_lun
    elif [ $is_lun = yes ]; then fact mounted.elsewhere "$where"; fi
done </proc/self/mountinfo
command -v cibadmin >/dev/null || needed 'Pacemaker is not installed yet'
cib=$(cibadmin --query 2>/dev/null) || needed 'the cluster does not run here yet'
printf '%s\n' "$cib" | secret cib
crm_mon -1 --output-as=xml | blob status
nic=br0; [ -e /sys/class/net/br0 ] || nic=
[ -z "$nic" ] || fact nic "$nic"
[ -n "$nic" ] || ip -o -f inet addr show scope global | while read -r _ name _ net _; do
    printf '%s ' "$name $net,"
done | blob networks
if [ -n "$nic" ] && ! cibadmin --query --xpath "//primitive[@id='virtual_ip']//nvpair[@name='ip'][@value='10.77.0.200']" >/dev/null 2>&1; then
    arping -D -q -c 2 -w 3 -I "$nic" 10.77.0.200 >/dev/null 2>&1
    case $? in 0) ;; 1) fact duplicate yes;; *) fact duplicate unknown;; esac
fi
satisfied
