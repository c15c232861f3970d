set --; open=
for folder in /proc/[0-9]*; do
    comm=; read -r comm 2>/dev/null <"$folder/comm" || :
    [ "$comm" = sbd ] || continue
    set -- "$@" "$folder/cmdline"; open="$open $folder/fd/*"
done
[ $# = 0 ] || head -vc 4096 "$@" 2>/dev/null | blob sbd_processes
# shellcheck disable=SC2086
stat -L -c '%F|%t:%T|%n' $open /dev/disk/by-*/* /dev/mapper/* /dev/dm-* /dev/[shv]d* \
    /dev/xvd* /dev/nvme* /dev/watchdog* 2>/dev/null | blob sbd_devices
[ ! -r /etc/default/sbd ] || blob sbd </etc/default/sbd
set --; unset open folder comm
systemctl show -p Id,LoadState,ActiveState,UnitFileState corosync.service pacemaker.service sbd.service pcsd.service | blob units
crm_mon -1 --output-as=xml --fence-history=2 2>/dev/null | blob status
lun_find() {
    WWID=0x6001405aaaa00000; LUN=/dev/disk/by-id/wwn-$WWID
    [ -b "$LUN" ] && DEV=$(readlink -f "$LUN")
}
lun_find || refuse 'this node does not see LUN 0x6001405aaaa00000'
[ -f /lib/systemd/system/sbd.service ] || refuse 'sbd is not installed'
fact device "$LUN"; fact wwid "$WWID"
[ ! -r /etc/systemd/system/sbd.service.d/harun.conf ] || blob dropin </etc/systemd/system/sbd.service.d/harun.conf
[ ! -L /etc/systemd/system/corosync.service.requires/sbd.service ] || fact starts yes
corosync-cmapctl runtime.config.totem. 2>/dev/null | while read -r key _ _ value; do
    case $key in *.token) fact token "$value";; *.consensus) fact consensus "$value";; esac
done
satisfied
