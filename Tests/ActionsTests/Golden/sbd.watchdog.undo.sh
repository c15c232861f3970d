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
kept dropin || exit 0
folder=/etc/systemd/system/sbd.service.d
put_back unit /etc/systemd/system/harun-watchdog.service || exit 1
[ ! -d $folder ] || put_back dropin $folder/harun-watchdog.conf || exit 1
rmdir $folder 2>/dev/null || :
systemctl daemon-reload || exit 1
[ ! -f "$HARUN_STATE/loaded" ] || modprobe -r softdog 2>/dev/null || :
