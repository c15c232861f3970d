initiator=
if [ -r /etc/iscsi/initiatorname.iscsi ]; then
    while read -r line || [ -n "$line" ]; do
        case $line in InitiatorName=*) initiator=${line#*=};; esac
    done </etc/iscsi/initiatorname.iscsi
fi
sessions=0
for session in /sys/class/iscsi_session/session*; do [ ! -e "$session" ] || sessions=$((sessions + 1)); done
fact name "$initiator"
fact sessions "$sessions"
satisfied
