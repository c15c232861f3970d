command -v iscsiadm >/dev/null || needed 'open-iscsi is not installed yet'
host=2001:db8::5
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
find_session || needed 'no session'
read -r state <"$session/state"; fact state "$state"

[ "$state" = LOGGED_IN ] || needed "the session is in state $state"
read -r recovery <"$session/recovery_tmo"; fact recovery_tmo "$recovery"
[ "$recovery" = 20 ] || needed "an I/O error takes $recovery s and not 20"
shown=$(iscsiadm -m node -T "$target" -p "$portal" -o show 2>/dev/null) || needed 'no record of the target'
startup=; replacement=; method=; user=; algorithms=
while read -r key _ value; do
    case $key in
    node.startup) startup=$value;;
    node.session.timeo.replacement_timeout) replacement=$value;;
    node.session.auth.authmethod) method=$value;;
    node.session.auth.username) user=$value;;
    node.session.auth.chap_algs) algorithms=$value;;
    esac
done <<END
$shown
END
[ "$startup" = automatic ] || needed "node.startup is $startup"
[ "$replacement" = 20 ] || needed "replacement_timeout is $replacement"

service=; daemon=
for state in $(systemctl is-enabled open-iscsi.service iscsid.socket iscsid.service 2>/dev/null); do
    if [ -z "$service" ]; then service=$state; else daemon="$daemon $state"; fi
done
[ "$service" = enabled ] || needed 'open-iscsi does not start at boot'
case $daemon in *enabled*) ;; *) needed 'iscsid does not start at boot';; esac
luns=
for link in /dev/disk/by-path/*"ip-$host:$port-iscsi-$target-lun-"* /dev/disk/by-path/*"ip-[$host]:$port-iscsi-$target-lun-"*; do
    case $link in *-part*) continue;; esac
    [ ! -b "$link" ] || luns="$luns ${link##*-lun-}"
done
fact luns "${luns# }"
[ -n "$luns" ] || needed 'no LUN is there yet'
satisfied
