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
[ -z "$identity" ] || fact identity "$identity"
if [ -z "$identity" ]; then
    [ -z "$number" ] || refuse '/dev/watchdog1 is no watchdog that the kernel describes; it has:'"${others:- none}"
    needed 'there is no /dev/watchdog1'
fi
[ "$identity" = 'Software Watchdog' ] || satisfied
unit=/etc/systemd/system/harun-watchdog.service
dropin=/etc/systemd/system/sbd.service.d/harun-watchdog.conf
unit_text='# Written by harun: the software watchdog, before sbd needs it.
[Unit]
Description=Load the software watchdog for SBD
Before=sbd.service

[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart=/sbin/modprobe softdog nowayout=0'
dropin_text='# Written by harun.
[Unit]
Wants=harun-watchdog.service
After=harun-watchdog.service'
for file in $unit $dropin; do [ -f "$file" ] || needed 'softdog is not loaded at boot'; done
[ "$(cat $unit $dropin)" = "$unit_text
$dropin_text" ] || needed 'softdog is loaded at boot in another way'
satisfied
