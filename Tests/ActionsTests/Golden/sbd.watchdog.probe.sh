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
first=; [ ! -r /sys/class/watchdog/watchdog0/dev ] || {
    IFS=: read -r major minor </sys/class/watchdog/watchdog0/dev
    first=$(printf '%x:%x' "$major" "$minor")
}
one() { if [ "$1" = a:82 ] && [ -n "$first" ]; then echo "$first"; else echo "$1"; fi; }
find /proc/[0-9]*/fd -lname '*/watchdog*' 2>/dev/null | while read -r file; do
    opened=$(stat -L -c %t:%T "$file" 2>/dev/null) || continue
    [ "$(one "$opened")" = "$(one "$number")" ] || continue
    folder=${file%/fd/*}
    name=; read -r name 2>/dev/null <"$folder/comm" || continue
    unit=; while IFS= read -r line; do
        case $line in *.service) unit=${line##*/};; esac
    done 2>/dev/null <"$folder/cgroup"
    [ "$name" = sbd ] || printf '%s\t%s\t%s\n' "${folder##*/}" "$unit" "$name"
done | blob watchdog.holders
period=$(systemctl show -p RuntimeWatchdogUSec --value 2>/dev/null) || period=
case $period in
''|0) ;;
*)
    its=$(systemctl show -p WatchdogDevice --value 2>/dev/null) || its=
    [ -n "$its" ] || its=/dev/watchdog0
    its=$([ ! -c "$its" ] || stat -L -c %t:%T "$its")
    if [ -z "$its" ] || [ "$(one "$its")" = "$(one "$number")" ]; then fact watchdog.systemd "$period"; fi;;
esac
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
