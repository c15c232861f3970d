export LIBVIRT_DEFAULT_URI=qemu:///system
F=/etc/harun/vm/opencart.xml
if [ -e "$F" ]; then
    secret definition <"$F"; sum=$(sha256sum "$F"); fact sum "${sum%% *}"; fact mode "$(stat -c %a:%u "$F")"
fi
command -v virsh >/dev/null || needed 'libvirt is not installed yet'
virsh -q '
echo "
@defined
"; list --all --persistent --name; echo "
@active
"; list --name; echo "
@autostart
"; list --all --autostart --name; echo "
@saved
"; list --all --with-managed-save --name; echo "
@snapshots
"; list --all --with-snapshot --name; echo "
@networks
"; net-list --name' </dev/null | blob domains
# Asked before the machine is shut down; once it is moved its definition is there.
if [ ! -e "$F" ]; then
cd /sys/class/net && fact links "$(echo *)"
virsh -q capabilities </dev/null | blob capabilities
fi
x=$(virsh dumpxml --inactive --security-info opencart 2>/dev/null) && printf '%s\n' "$x" | secret xml
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
lun_find || DEV=
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
if command -v cibadmin >/dev/null; then
    cibadmin --query --xpath "//primitive[@id='shared_storage']" >/dev/null 2>&1 && fact storage clustered
    cibadmin --query --xpath "//primitive[@id='vm_opencart']" >/dev/null 2>&1 && fact machine clustered
fi
[ ! -r /var/lib/harun/vm/opencart.shutdown ] || { read -r s </var/lib/harun/vm/opencart.shutdown; fact shutdown_seconds "$s"; }
satisfied
