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
ExecStart=/sbin/modprobe softdog nowayout=0'
dropin_text='# Written by harun.
[Unit]
Wants=harun-watchdog.service
After=harun-watchdog.service'
keep unit $unit
keep dropin $dropin
[ -d /sys/module/softdog ] || : >"$HARUN_STATE/loaded"
mkdir -p "${dropin%/*}"
printf '%s\n' "$unit_text" >$unit
printf '%s\n' "$dropin_text" >$dropin
modprobe softdog nowayout=0
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
