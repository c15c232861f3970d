found=$(getent ahosts nas) || refuse "the name nas cannot be resolved here"
host=${found%% *}
port=3260
case $host in *:*) portal=[$host]:$port;; *) portal=$host:$port;; esac
target=iqn.2024-12.lab.storage:ha
# Sets session to the sysfs folder of the session of this very target and portal.
find_session() {
    for session in /sys/class/iscsi_session/session*; do
        [ -e "$session" ] || continue
        read -r found <"$session/targetname" || continue
        [ "$found" = "$target" ] || continue
        number=${session##*/session}
        for connection in "/sys/class/iscsi_connection/connection$number:"*; do
            read -r found <"$connection/persistent_address" || continue
            read -r at <"$connection/persistent_port" || continue
            [ "$found" = "$host" ] && [ "$at" = "$port" ] && return 0
        done
    done
    session=; return 1
}
# Sets record to the file of this record; a folder in some versions, a file in others.
find_record() {
    for record in "/etc/iscsi/nodes/$target/$host,$port"* "/var/lib/iscsi/nodes/$target/$host,$port"*; do
        [ ! -d "$record" ] || record=$record/default
        [ ! -f "$record" ] || return 0
    done
    record=; return 1
}
[ -e "$HARUN_STATE/saved" ] || exit 0
command -v iscsiadm >/dev/null || exit 0
read -r was tmo <"$HARUN_STATE/pre/session"
busy() { refuse "the session stays: $1"; }
if [ "$was" = closed ] && find_session; then
    opened() { case $(ls -l /proc/[0-9]*/fd 2>/dev/null) in *" -> /dev/$name"*) ;; *) return 1;; esac; }
    for block in "$session"/device/target*/*/block/*; do
        [ -e "$block" ] || continue
        name=${block##*/}
        for holder in "$block"/holders/* "$block/$name"*/holders/*; do
            [ ! -e "$holder" ] || busy "${holder##*/} is built on /dev/$name"
        done
        for file in "$block/dev" "$block/$name"*/dev; do
            [ -e "$file" ] || continue
            read -r number <"$file"
            while read -r _ _ at _ mount _; do
                [ "$at" != "$number" ] || busy "/dev/$name is mounted at $mount"
            done </proc/self/mountinfo
        done
        while read -r path _; do
            case $path in "/dev/$name"*) busy "/dev/$name is swap";; esac
        done </proc/swaps
        # udev looks into a disk for a moment whenever somebody who could write to it closes it.
        left=20; while opened && [ $left -gt 0 ]; do left=$((left - 1)); sleep 0.5; done
        ! opened || busy "a process has /dev/$name open"
    done
    iscsiadm -m node -T "$target" -p "$portal" --logout || exit 1
fi
if [ -e "$HARUN_STATE/pre/record" ]; then
    find_record && cp -p "$HARUN_STATE/pre/record" "$record" || exit 1
    if [ "$was" = open ] && find_session; then
        read -r now <"$session/recovery_tmo"
        [ "$now" = "$tmo" ] || echo "$tmo" >"$session/recovery_tmo" || exit 1
    fi
elif find_record; then
    find_session || iscsiadm -m node -T "$target" -p "$portal" -o delete || exit 1
fi
{ read -r service || service=; read -r socket || socket=; } <"$HARUN_STATE/pre/enabled"
[ "$service" != disabled ] || systemctl --quiet disable open-iscsi.service || exit 1
[ "$socket" != disabled ] || systemctl --quiet disable iscsid.socket || exit 1
exit 0
