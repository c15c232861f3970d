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
session_before() { if find_session; then read -r tmo <"$session/recovery_tmo"; echo "open $tmo"; else echo closed; fi; }
enabled_before() { systemctl is-enabled open-iscsi.service iscsid.socket 2>/dev/null || :; }
save() {
    find_record || :
    [ ! -e "$HARUN_STATE/saved" ] || return 0
    umask 077
    keep_output session session_before && keep_output enabled enabled_before &&
        keep record "${record:-/nonexistent}" || return
    : >"$HARUN_STATE/saved"
    umask 022
}
save || exit 1
initiator=
if [ -r /etc/iscsi/initiatorname.iscsi ]; then
    while read -r line || [ -n "$line" ]; do
        case $line in InitiatorName=*) initiator=${line#*=};; esac
    done </etc/iscsi/initiatorname.iscsi
fi
: "${initiator:=(none: there is no /etc/iscsi/initiatorname.iscsi)}"
if [ -z "$record" ]; then
    found=$(iscsiadm -m discovery -t sendtargets -p "$portal" -o nonpersistent) ||
    { echo "no answer from an iSCSI target at $portal" >&2; exit 1; }
tag=; others=; elsewhere=
while read -r at name; do
    if [ "$name" != "$target" ]; then others="$others $name"
    elif [ "${at%,*}" = "$portal" ]; then tag=${at##*,}
    else elsewhere="$elsewhere ${at%,*}"
    fi
done <<END
$found
END
[ -n "$tag" ] || [ -z "$elsewhere" ] ||
    refuse "the target at $portal offers $target at other portals only:$elsewhere; write one of them as portal"
[ -n "$tag" ] ||
    refuse "$portal does not offer $target to this node, whose initiator name is $initiator; it offers:${others:- nothing}"
iscsiadm -m node -o new -T "$target" -p "$portal,$tag" >/dev/null || exit 1
fi
set_option() { iscsiadm -m node -T "$target" -p "$portal" -o update -n "$1" -v "$2" || exit 1; }
set_option node.startup automatic
set_option node.session.timeo.replacement_timeout 20

iscsiadm -m node -T "$target" -p "$portal" --login
case $? in
0|15) ;;
24) echo "the target refused the login: it does not allow the initiator name of this node, $initiator, or the target may ask for CHAP, and no chap is given for it" >&2; exit 1;;
19) echo "the target ended the login; does it allow the initiator name of this node, $initiator?" >&2; exit 1;;
*) exit 1;;
esac
tries=0
until find_session && read -r state <"$session/state" && [ "$state" = LOGGED_IN ]; do
    tries=$((tries + 1)); [ "$tries" -lt 30 ] || { echo 'the session does not come up' >&2; exit 1; }
    sleep 1
done
# A session that was there before keeps its old figure otherwise.
read -r now <"$session/recovery_tmo"
[ "$now" = 20 ] || echo 20 >"$session/recovery_tmo" || exit 1
service=; daemon=
for state in $(systemctl is-enabled open-iscsi.service iscsid.socket iscsid.service 2>/dev/null); do
    if [ -z "$service" ]; then service=$state; else daemon="$daemon $state"; fi
done
[ "$service" = enabled ] || systemctl --quiet enable open-iscsi.service || exit 1
case $daemon in *enabled*) ;; *) systemctl --quiet enable iscsid.socket || exit 1;; esac
tries=0
while :; do
    udevadm settle --timeout=30
    for link in /dev/disk/by-path/*"ip-$host:$port-iscsi-$target-lun-"* /dev/disk/by-path/*"ip-[$host]:$port-iscsi-$target-lun-"*; do [ ! -b "$link" ] || exit 0; done
    tries=$((tries + 1))
    [ "$tries" -lt 30 ] || { echo "$target shows this node no LUN; is one mapped to it?" >&2; exit 1; }
    sleep 1
done
