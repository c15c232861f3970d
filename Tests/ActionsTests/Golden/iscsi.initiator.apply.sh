set -e
file=/etc/iscsi/initiatorname.iscsi
for session in /sys/class/iscsi_session/session*; do
    [ ! -e "$session" ] || refuse 'an iSCSI session is open, and its name must not change'
done
[ -e "$HARUN_STATE/initiatorname" ] ||
    { cp -p "$file" "$HARUN_STATE/new"; mv "$HARUN_STATE/new" "$HARUN_STATE/initiatorname"; }
read -r random </proc/sys/kernel/random/uuid
head=${random%%-*}; random=${random#*-}
umask 077
printf 'InitiatorName=iqn.1993-08.org.debian:01:%s%s\n' "$head" "${random%%-*}" >"$file.harun"
mv -f "$file.harun" "$file"
if systemctl is-active --quiet iscsid; then systemctl restart iscsid; fi
