systemctl show -p Id,LoadState,ActiveState,UnitFileState corosync.service pacemaker.service sbd.service pcsd.service | blob units
crm_mon -1 --output-as=xml --fence-history=2 2>/dev/null | blob status
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
[ ! -e /run/harun/sbd-pending ] || fact pending yes
satisfied
