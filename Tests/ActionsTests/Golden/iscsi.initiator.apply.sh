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
file=/etc/iscsi/initiatorname.iscsi
for session in /sys/class/iscsi_session/session*; do
    [ ! -e "$session" ] || refuse 'an iSCSI session is open, and its name must not change'
done
keep initiatorname "$file"
read -r random </proc/sys/kernel/random/uuid
head=${random%%-*}; random=${random#*-}
umask 077
printf 'InitiatorName=iqn.1993-08.org.debian:01:%s%s\n' "$head" "${random%%-*}" >"$file.harun"
mv -f "$file.harun" "$file"
if systemctl is-active --quiet iscsid; then systemctl restart iscsid; fi
