name=; sessions=0
if [ -e /etc/iscsi/initiatorname.iscsi ]; then
    while read -r line; do
        case $line in InitiatorName=*) name=${line#*=};; esac
    done </etc/iscsi/initiatorname.iscsi
fi
for session in /sys/class/iscsi_session/session*; do [ ! -e "$session" ] || sessions=$((sessions + 1)); done
fact name "$name"
fact sessions "$sessions"
satisfied
