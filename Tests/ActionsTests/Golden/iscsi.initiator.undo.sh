set -e
[ -e "$HARUN_STATE/initiatorname" ] || exit 0
for session in /sys/class/iscsi_session/session*; do
    [ ! -e "$session" ] || refuse 'the initiator name stays: an iSCSI session is open'
done
[ -d /etc/iscsi ] || exit 0
cp -p "$HARUN_STATE/initiatorname" /etc/iscsi/initiatorname.iscsi
if systemctl is-active --quiet iscsid; then systemctl restart iscsid; fi
