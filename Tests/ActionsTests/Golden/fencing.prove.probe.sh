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
[ ! -f /var/lib/harun/proofs/fencing ] || blob proof </var/lib/harun/proofs/fencing
[ ! -f /var/lib/harun/proofs/watchdog ] || blob watchdog_proof </var/lib/harun/proofs/watchdog
SBD_DEVICE=; [ ! -r /etc/default/sbd ] || . /etc/default/sbd
if [ -n "$SBD_DEVICE" ]; then
    sbd -d "${SBD_DEVICE%%;*}" dump 2>/dev/null | blob dump
    sbd -d "${SBD_DEVICE%%;*}" list 2>/dev/null | blob list
fi
cibadmin --query --scope resources 2>/dev/null | secret resources
if [ -n "$SBD_DEVICE" ]; then
    watchdog=${SBD_WATCHDOG_DEV:-/dev/watchdog}
    identity=; others=
number=; [ ! -c "$watchdog" ] || number=$(stat -L -c %t:%T "$watchdog")
for folder in /sys/class/watchdog/watchdog*; do
    [ -r "$folder/dev" ] || continue
    name=unnamed
    [ ! -d "/sys/devices/virtual/watchdog/${folder##*/}" ] || name='Software Watchdog'
    [ ! -r "$folder/identity" ] || read -r name <"$folder/identity" || :
    IFS=: read -r major minor <"$folder/dev"
    this=$(printf '%x:%x' "$major" "$minor")
    others="$others ${folder##*/} ($name)"
    if [ "$this" = "$number" ] || { [ "$number" = a:82 ] && [ "${folder##*/}" = watchdog0 ]; }; then identity=$name; fi
done
    fact watchdog "$identity"
fi
read -r boot </proc/sys/kernel/random/boot_id && fact boot_id "$boot"
if [ -r "${HARUN_STATE:-/dev/null}/fence" ]; then
    blob fence <"$HARUN_STATE/fence"
    read -r _ target _ <"$HARUN_STATE/fence"
    stonith_admin --history "$target" --output-as=xml 2>/dev/null | blob history
fi
find_guests() {
    guests=
    for entry in /run/libvirt/qemu/*.xml; do
        [ -e "${entry%.xml}.pid" ] || continue
        guest=${entry##*/}; guests="$guests ${guest%.xml}"
    done
    guests=${guests# }
}
find_guests
fact guests "$guests"
satisfied
