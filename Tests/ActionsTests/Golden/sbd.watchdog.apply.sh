set -e
unit=/etc/systemd/system/harun-watchdog.service
dropin=/etc/systemd/system/sbd.service.d/harun-watchdog.conf
unit_text='# Written by harun: the software watchdog, before sbd needs it.
[Unit]
Description=Load the software watchdog for SBD
Before=sbd.service

[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart=/sbin/modprobe softdog'
dropin_text='# Written by harun.
[Unit]
Wants=harun-watchdog.service
After=harun-watchdog.service'
[ -d /sys/module/softdog ] || : >"$HARUN_STATE/loaded"
mkdir -p "${dropin%/*}"
printf '%s\n' "$unit_text" >$unit
printf '%s\n' "$dropin_text" >$dropin
systemctl daemon-reload
modprobe softdog
udevadm settle
identity=; others=
number=; [ ! -c /dev/watchdog1 ] || number=$(stat -L -c %t:%T /dev/watchdog1)
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
if [ -z "$identity" ]; then
    echo 'softdog is loaded, but /dev/watchdog1 is no watchdog; the kernel has:'"${others:- none}" >&2
    exit 1
fi
